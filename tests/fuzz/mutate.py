"""Sound bytes, damaged as a hostile or broken sender would."""

import random

MAGIC = (
    b"\0", b"\xff", b"\x7f\xff\xff\xff", b"\xff" * 8, b"\xc0\xaf", b"[", b"]", b'"',
    b"{", b"1e306", b"-1", b"NaN", b"null", b"99999999999999999999", b"\xd6\xd0",
    b"\r\n", b"\xe2\x80\xae", b"%s", b"\\ud800", b"=", b":", b" ",
)  # fmt: skip
LARGEST = 64_000


def mutated(seed: bytes, dice: random.Random) -> bytes:
    """One to eight changes: bits, magic values, cuts, repeats, swaps."""
    data = bytearray(seed)
    for _ in range(dice.randint(1, 8)):
        at = dice.randint(0, len(data))
        span = dice.randint(1, 16)
        match dice.randrange(7):
            case 0 if at < len(data):
                data[at] ^= 1 << dice.randrange(8)
            case 1 if at < len(data):
                data[at] = dice.randrange(256)
            case 2:
                data[at:at] = dice.choice(MAGIC)
            case 3:
                del data[at : at + span]
            case 4:
                data[at:at] = data[at : at + span] * dice.choice((1, 2, 40))
            case 5:
                data[at : at + span] = dice.randbytes(span)
            case _:
                del data[at:]
    return bytes(data[:LARGEST])
