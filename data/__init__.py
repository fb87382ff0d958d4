"""
The fictional county of Avershire and Sorrel: a patch to try footprint on, and what made it.

Nothing here is real: no place, practice, network, team or number. :mod:`generate` makes every
file of the folder from one seed.
"""
