"""The sub-commands of ``msgui``, one file each."""
