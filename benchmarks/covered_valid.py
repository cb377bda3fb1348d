"""
The first LOOKED_AT pictures of FER+ `valid`, looked through by one person's eye before the net had
seen any of them: which have a hand, a scarf or a cup before all of the mouth, which a hand or dark
glasses before both eyes.
"""

LOOKED_AT = 1000
# fmt: off
MOUTH = (
    55, 122, 202, 217, 284, 311, 334, 352, 385, 388, 409, 422, 429, 488, 505, 532, 556, 627, 674,
    736, 761, 792, 819, 825, 861, 896,
)
EYES = (
    155, 643, 731, 739, 774, 796, 965,
)
UNSURE = (  # partly, one eye, or hard to see: not judged
    6, 8, 13, 16, 66, 111, 113, 192, 232, 248, 251, 275, 287, 414, 418, 424, 437, 464, 500, 510,
    515, 516, 545, 576, 617, 688, 801, 802, 880, 893, 894, 918, 919, 941, 959, 977, 981, 994,
)
# fmt: on
