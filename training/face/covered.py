"""
Pictures of FER+ `train` that show something before the face as they are, by their numbers.

Looked through by eye: the 480 of 8,346 of which an earlier net, which had learned from drawn things
alone, said most. Hands, cups, paper, a scarf before the mouth; dark glasses before the eyes. Many
more may be among the rest.
"""

from training.face.places import LEFT, MOUTH, RIGHT

# fmt: off
BEFORE_THE_MOUTH = (
    18257, 18290, 18303, 18346, 18435, 18474, 18530, 18615, 18645, 18687, 18858, 18901, 19018,
    19259, 19545, 19597, 19711, 19798, 19808, 19960, 20064, 20359, 20478, 20631, 20773, 21254,
    21344, 21354, 21359, 21383, 21467, 21659, 21811, 22085, 22159, 22535, 22613, 22669, 22869,
    22908, 22918, 22931, 22960, 22991, 23109, 23181, 23376, 23378, 23487, 23711, 23877, 23891,
    23943, 23992, 24256, 24359, 24511, 24883, 25166, 25362, 25441, 25535, 25718, 25771, 25996,
    26157, 26305, 26357, 26515, 26571, 26617, 26643, 26752, 27069, 27189, 27213, 27332, 27560,
    27623, 27666,
)
BEFORE_THE_EYES = (
    18166, 18247, 18286, 20392, 21195, 21201, 21239, 21283, 22179, 22552, 24255, 24270, 24531,
    24648, 24910, 25119, 25641, 25804, 25943, 25980, 26337, 26491, 27051,
)
UNSURE = frozenset((  # partly, or hard to see: not learned from
    18073, 18193, 18479, 18604, 18610, 18952, 19041, 19256, 19476, 19552, 19881, 19900, 20174,
    20236, 21094, 21095, 21256, 21686, 21781, 21816, 22034, 22906, 23191, 23470, 23483, 23645,
    24298, 24505, 24701, 25513, 25690, 25736, 26561, 26882, 27216, 27726, 27833,
))
# fmt: on
BY_HAND = dict.fromkeys(BEFORE_THE_MOUTH, MOUTH) | dict.fromkeys(BEFORE_THE_EYES, LEFT | RIGHT)
