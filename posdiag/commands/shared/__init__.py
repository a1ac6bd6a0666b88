"""What commands share: options, outputs, the screen."""
