"""Which cells fall short, how sure that is, and when several reasons are one finding."""
