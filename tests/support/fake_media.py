"""A simulated person as the files that Chromium takes for a camera and a microphone."""

from pathlib import Path

import cv2
import numpy as np

from attunement.gateway.recording import write_channels
from attunement.simulator import person
from attunement.simulator.script import Script


def write(
    folder: Path, script: Script, name: str, size: tuple[int, int] = (480, 360), fps: int = 20
) -> tuple[Path, Path]:
    """camera.y4m and microphone.wav; Chromium plays both in a loop."""
    camera, microphone = folder / f"{name}.y4m", folder / f"{name}.wav"
    with camera.open("wb") as file:
        header = f"YUV4MPEG2 W{size[0]} H{size[1]} F{fps}:1 Ip A1:1 C420jpeg\n"
        file.write(header.encode())
        for frame in person.pictures(script, name, size=size, fps=fps):
            file.write(b"FRAME\n")
            file.write(np.ascontiguousarray(cv2.cvtColor(frame.image, cv2.COLOR_RGB2YUV_I420)))
    write_channels(microphone, [person.sound(script, name)])
    return camera, microphone


def flags(camera: Path, microphone: Path) -> list[str]:
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={camera.resolve()}",
        f"--use-file-for-fake-audio-capture={microphone.resolve()}",
    ]
