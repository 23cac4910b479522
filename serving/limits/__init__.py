"""How often one may ask: moving windows of a plan and of an address, in this process or shared through Redis.

policies.py   what is promised, and the header fields that tell it
windows.py    exact moving windows in this process's memory
shared.py     the same windows in Redis, for any number of processes
rates.py      which windows a caller is held to
overage.py    who is let in above the hour's window, because they pay for it
addresses.py  whose address a request comes from; limits of doors that know nobody yet
"""
