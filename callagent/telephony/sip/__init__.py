"""SIP: a telephone of our own, towards a trunk or an office's PBX."""
