"""
Where the seven acted emotions lie between unpleasant and pleasant, calm and aroused.

J. A. Russell, "A circumplex model of affect", J. Personality and Social Psychology 39 (1980),
rounded; set before anything was measured. What follows from it is derived, not heard.
"""

import numpy as np
from numpy.typing import NDArray

# valence, arousal; in the order of models.speech_emotion.CLASSES
PLACES = np.array(
    (
        (-0.6, 0.8),  # anger
        (-0.3, -0.7),  # boredom
        (-0.6, 0.2),  # disgust
        (-0.6, 0.7),  # fear
        (0.8, 0.6),  # happiness
        (-0.7, -0.6),  # sadness
        (0.0, 0.0),  # neutral
    )
)


def derived(probability: NDArray[np.float32]) -> tuple[float, float]:
    """Expected valence and arousal, -1 to 1, of probabilities (7,)."""
    valence, arousal = probability.astype(np.float64) @ PLACES
    return float(valence), float(arousal)
