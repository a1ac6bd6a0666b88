"""What does the modem behind a port say of SIM, registration, signal and data?"""

from posdiag.system.devices.modem.port import ask, rates

__all__ = ["ask", "rates"]
