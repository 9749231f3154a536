"""What the pages share: base classes, dialogs, panels, forms. It knows of no page."""
