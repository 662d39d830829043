"""Where the stand-alone msgui begins."""

from msgui.cli import script

script()
