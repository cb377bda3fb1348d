"""What others may write into our logs: nothing that could name a person or a place."""

import logging

# At INFO these write candidates, which are people's addresses, and requests with their tickets.
TALKATIVE = (
    "aioice",
    "aiortc",
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "websockets",
    "libav",
)


def hush() -> None:
    for name in TALKATIVE:
        logger = logging.getLogger(name)
        if logger.level < logging.WARNING:
            logger.setLevel(logging.WARNING)
