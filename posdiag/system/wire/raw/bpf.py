"""Socket filters that run in the kernel: classic BPF (linux/filter.h)."""

import socket
import struct
from collections.abc import Iterable

SO_ATTACH_FILTER = 26  # asm-generic/socket.h
INSTRUCTION = struct.Struct("=HBBI")

# Opcode, jump if true, jump if false, operand. Jumps count instructions.
Instruction = tuple[int, int, int, int]

LOAD_8, LOAD_8_AT_X, LOAD_16, LOAD_16_AT_X = 0x30, 0x50, 0x28, 0x48
IP_HEADER_LENGTH_TO_X = 0xB1
AND, OR_X, SHIFT_LEFT, A_TO_X = 0x54, 0x4C, 0x64, 0x07
IF_EQUAL = 0x15
ACCEPT: Instruction = (0x06, 0, 0, 0xFFFF_FFFF)
DROP: Instruction = (0x06, 0, 0, 0)


def attach_filter(sock: socket.socket, program: Iterable[Instruction]) -> None:
    """Let the kernel drop what this program does not accept. OSError if refused."""
    import ctypes

    code = b"".join(INSTRUCTION.pack(*instruction) for instruction in program)
    memory = ctypes.create_string_buffer(code, len(code))
    length = len(code) // INSTRUCTION.size
    pointer = struct.pack("@HP", length, ctypes.addressof(memory))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, pointer)
