"""What does the modem on a port report of SIM, registration, signal and data?"""

from posdiag.system.devices.modem.port import ask, rates

__all__ = ["ask", "rates"]
