"""Pictures of the screens, made anew by `bin/screenshots`. Needs what development installs."""
