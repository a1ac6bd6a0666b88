"""Who manages the Wi-Fi adapter, and how it is spoken to."""
