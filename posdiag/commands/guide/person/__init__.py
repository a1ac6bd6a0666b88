"""Who answers and acts: a browser, menus or plain lines on the screen, a script."""
