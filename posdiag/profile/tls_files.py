"""Can the certificates and keys that a profile names be used?"""

import ssl

from posdiag.model.site import Acquirer
from posdiag.profile import TEXTS
from posdiag.texts.pair import Pair


def wrong_files(acquirer: Acquirer) -> list[tuple[str, Pair]]:
    """The key of each file that OpenSSL refuses, and what was expected."""
    if not (acquirer.ca_file or acquirer.client_cert or acquirer.client_key):
        return []
    wrong: list[tuple[str, Pair]] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if acquirer.ca_file:
        try:
            context.load_verify_locations(acquirer.ca_file)
        except (ssl.SSLError, OSError):
            wrong.append(("ca_file", TEXTS("tls.no-ca")))
    if acquirer.client_key and not acquirer.client_cert:
        wrong.append(("client_key", TEXTS("tls.key-alone")))
    elif acquirer.client_cert:
        try:
            # An empty password keeps OpenSSL from asking at the terminal.
            context.load_cert_chain(
                acquirer.client_cert, acquirer.client_key, password=""
            )
        except (ssl.SSLError, OSError, ValueError):
            wrong.append(("client_cert", TEXTS("tls.no-pair")))
    return wrong
