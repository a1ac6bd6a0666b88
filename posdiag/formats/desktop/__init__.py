"""What the programs of Windows, macOS and Linux desktops print."""
