"""The append-only store of a study: content-addressed trials in Parquet shards, no server, no index.

```
results/<study>/shards/
  states-<time>-<random>-<checksum>.parquet   how each trial ended: all that tables need
  curves-<time>-<random>-<checksum>.parquet   what was seen at each look, of the same trials in the same order
  damaged/                                    files whose bytes do not give their checksum, set aside by a sweep
```
A shard is written under a temporary name, flushed to the disk and renamed, curves before states, and never changed
afterwards; its name holds the checksum of its bytes. A trial is done when its id stands in a states file whose curves
file is there. Equal ids are read once; equal ids with different bits raise. Everything else (tables, reports) is
rebuilt from these files.
"""

from __future__ import annotations

from ablate.store.compaction import compact as compact
from ablate.store.compaction import reread as reread
from ablate.store.curve_rows import digest as digest
from ablate.store.reading import attempts as attempts
from ablate.store.reading import done as done
from ablate.store.reading import outcomes as outcomes
from ablate.store.reading import read_curves as read_curves
from ablate.store.reading import read_states as read_states
from ablate.store.records import Record as Record
from ablate.store.shards import Damage as Damage
from ablate.store.shards import names as names
from ablate.store.upkeep import foreign as foreign
from ablate.store.upkeep import inspect as inspect
from ablate.store.upkeep import remove_leftovers as remove_leftovers
from ablate.store.upkeep import set_aside as set_aside
from ablate.store.writing import Writer as Writer
from ablate.store.writing import writer as writer
