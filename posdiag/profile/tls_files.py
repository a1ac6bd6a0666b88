"""Can the certificates and keys that a profile names be used?"""

import ssl

from posdiag.model.site import Acquirer
from posdiag.profile.values import Pair

NO_CA: Pair = ("应为 PEM 格式的证书文件", "expected a PEM file with certificates")
NO_PAIR: Pair = (
    "应为 PEM 格式的客户端证书，私钥应与之匹配且没有密码",
    "expected a PEM client certificate with its own key, without a password",
)
ALONE: Pair = ("还应给出 client_cert", "expected client_cert beside it")


def wrong_files(acquirer: Acquirer) -> list[tuple[str, Pair]]:
    """Key and expectation of each file that the TLS library does not take."""
    if not (acquirer.ca_file or acquirer.client_cert or acquirer.client_key):
        return []
    wrong: list[tuple[str, Pair]] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if acquirer.ca_file:
        try:
            context.load_verify_locations(acquirer.ca_file)
        except (ssl.SSLError, OSError):
            wrong.append(("ca_file", NO_CA))
    if acquirer.client_key and not acquirer.client_cert:
        wrong.append(("client_key", ALONE))
    elif acquirer.client_cert:
        try:
            # An empty password keeps OpenSSL from asking at the terminal.
            context.load_cert_chain(
                acquirer.client_cert, acquirer.client_key, password=""
            )
        except (ssl.SSLError, OSError, ValueError):
            wrong.append(("client_cert", NO_PAIR))
    return wrong
