"""Small Keras programs whose state, cause and repair are known, and what the audit says of them.

`python -m validation.programs verify` trains each program and its repair in plain Keras on three seeds; `audit`
measures each program once and judges it; `try` takes all of `ablate try` through them, beside a fixed checklist. All
write their tables beside this file. The rules of the audit were set on one half of the programs, `seen`. The other
half, `left_out`, tested them; some rules were changed after that test. Programs that were written later are judged once
by `unseen`, before a rule is changed by them: unseen.csv keeps what the rules said then, its part says which programs
were new together.
`audit NAME ...` judges the named ones by the rules of today, into audited_again.csv. `verify` and `try` go on where
they stopped: their tables hold the programs that have ended so far.
"""
