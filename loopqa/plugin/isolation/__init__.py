"""Plugins of third parties, kept from doing harm: what they break is told, and the rest goes on.

Sources and notifiers work in a process of their own, with limits (:mod:`.source`,
:mod:`.notifier`); it speaks with ours in frames (:mod:`.wire`).
"""
