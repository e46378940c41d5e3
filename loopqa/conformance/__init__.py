"""Whether a plugin does what the interface promises for it, as plain functions.

A check looks at a case (a plugin with options) and yields what is wrong, in words. The suites of
``loopqa.testing`` and the command ``loopqa plugins check`` run the same checks.
"""
