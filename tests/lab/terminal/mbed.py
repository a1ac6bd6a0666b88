"""One sale by mbedTLS, as on small terminals: `mbed.py ADDRESS PORT NAME CA TEXT`.

By ctypes on the system's own library (Debian: libmbedtls-dev) or on those of another
release in a folder, 2.16 to 3.6, whose structures are opaque: their room is generous.
Options as KEY=VALUE behind: `newest=1.1`, `oldest=1.2`, `folder=DIR`. Exit 0 where an
answer came.
"""

import ctypes
import ctypes.util
import sys
from pathlib import Path
from typing import Any

ROOM = 262_144  # bytes for any of its structures
CLIENT = STREAM = DEFAULTS = 0
REQUIRED = 2
MINOR = {"1.0": 1, "1.1": 2, "1.2": 3, "1.3": 4}
TICKET = -0x7B00  # a session ticket came in place of data
TCP = 0


class Trouble(Exception):
    """A call has failed, by its code."""


def library(folder: str) -> Any:
    if folder:
        # In this order, so that each finds the one that it needs in memory.
        names = [
            str(next(Path(folder).glob(f"libmbed{part}.so.*")))
            for part in ("crypto", "x509", "tls")
        ]
    else:
        names = [found for found in [ctypes.util.find_library("mbedtls")] if found]
    if not names:
        raise SystemExit("no mbedTLS: apt-get install libmbedtls-dev")
    return [ctypes.CDLL(name, ctypes.RTLD_GLOBAL) for name in names][-1]


def made(lib: Any, kind: str) -> Any:
    """One of its structures, initialised."""
    room = ctypes.create_string_buffer(ROOM)
    getattr(lib, f"mbedtls_{kind}_init")(room)
    return room


def checked(code: int) -> int:
    if code < 0:
        raise Trouble(f"-{-code:#x}")
    return code


def limit(lib: Any, conf: Any, oldest: str, newest: str) -> None:
    """Versions as the ClientHello may offer them; "" leaves the library's own."""
    if oldest or newest:
        lib.mbedtls_ssl_conf_min_version(conf, 3, MINOR[oldest or "1.0"])
    if newest:
        lib.mbedtls_ssl_conf_max_version(conf, 3, MINOR[newest])


def sell(
    address: str, port: str, name: str, ca: str, text: str, **options: str
) -> bytes:
    lib = library(options.get("folder", ""))
    net, ssl, conf = (made(lib, k) for k in ("net", "ssl", "ssl_config"))
    roots, dice = made(lib, "x509_crt"), made(lib, "ctr_drbg")
    entropy = made(lib, "entropy")
    seed = ctypes.cast(lib.mbedtls_entropy_func, ctypes.c_void_p)
    checked(lib.mbedtls_ctr_drbg_seed(dice, seed, entropy, b"pos", 3))
    checked(lib.mbedtls_x509_crt_parse_file(roots, ca.encode()))
    checked(lib.mbedtls_net_connect(net, address.encode(), port.encode(), TCP))
    checked(lib.mbedtls_ssl_config_defaults(conf, CLIENT, STREAM, DEFAULTS))
    lib.mbedtls_ssl_conf_authmode(conf, REQUIRED)
    lib.mbedtls_ssl_conf_ca_chain(conf, roots, None)
    random = ctypes.cast(lib.mbedtls_ctr_drbg_random, ctypes.c_void_p)
    lib.mbedtls_ssl_conf_rng(conf, random, dice)
    limit(lib, conf, options.get("oldest", ""), options.get("newest", ""))
    if hasattr(lib, "psa_crypto_init"):  # 3.x: without it there is no TLS 1.3
        checked(lib.psa_crypto_init())
    lib.mbedtls_ssl_conf_read_timeout(conf, 8000)
    checked(lib.mbedtls_ssl_setup(ssl, conf))
    checked(lib.mbedtls_ssl_set_hostname(ssl, name.encode()))
    calls = (lib.mbedtls_net_send, lib.mbedtls_net_recv, lib.mbedtls_net_recv_timeout)
    lib.mbedtls_ssl_set_bio(
        ssl, net, *(ctypes.cast(call, ctypes.c_void_p) for call in calls)
    )
    try:
        checked(lib.mbedtls_ssl_handshake(ssl))
        message = text.encode()
        checked(lib.mbedtls_ssl_write(ssl, message, ctypes.c_size_t(len(message))))
        answer = ctypes.create_string_buffer(4096)
        room = ctypes.c_size_t(4096)
        while (count := lib.mbedtls_ssl_read(ssl, answer, room)) == TICKET:
            pass
        checked(count)
        lib.mbedtls_ssl_close_notify(ssl)
        return answer.raw[:count]
    finally:
        lib.mbedtls_net_free(net)


if __name__ == "__main__":
    words = dict(word.split("=", 1) for word in sys.argv[6:])
    try:
        print(sell(*sys.argv[1:6], **words))
    except Trouble as trouble:
        raise SystemExit(f"mbedTLS: {trouble}") from None
