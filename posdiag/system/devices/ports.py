"""Which serial ports does this machine have?"""

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.modem import AskSerialPorts, SerialPort, SerialPorts
from posdiag.system.devices.serial import aside

TIME = 3.0  # seconds; it reads a few files, or the registry
MOST = 64


async def ports(question: AskSerialPorts, meter: Meter) -> SerialPorts | Unknown:
    """Answer `AskSerialPorts`, by pyserial, in the order of their names."""
    try:
        found = await aside(_list, TIME)
    except (OSError, ValueError) as error:
        return Unknown("trouble", str(error)[:200])
    return SerialPorts(tuple(found[:MOST]))


def _list() -> list[SerialPort]:
    from serial.tools.list_ports import comports

    found = [
        SerialPort(
            name=str(port.device)[:200],
            usb=port.vid is not None,
            vendor=port.vid,
            product=port.pid,
            text=str(port.product or port.description or "")[:100],
        )
        for port in comports()
    ]
    return sorted(found, key=lambda port: port.name)
