"""The program that manages the Wi-Fi adapter, and its interface."""
