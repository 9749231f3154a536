"""The release that this code is, or follows: the newest number in CHANGELOG.md."""

VERSION = "0.1.0"
