"""Small Keras programs whose state, cause and repair are known, and what the audit says of them.

`python -m validation.programs verify` trains each program and its repair in plain Keras on three seeds; `audit`
measures each program once and judges it. Both write their tables beside this file. The rules of the audit were set on
one half of the programs, `seen`; the other half, `left_out`, tests them.
`verify` goes on where it stopped: verified.csv holds the programs that were verified so far.
"""
