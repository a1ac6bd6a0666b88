"""All words of the interface, in Chinese and English, and what fills them in."""
