/*
 * How a commit gets into the log: Sources/Delta/Commit/CommitWriter.swift as a model for spin.
 *
 * Two writers load one source each (-DSAME_SOURCE: both the same), by these steps:
 *
 *   1. look at the newest version; a source that the log has is not loaded again
 *   2. write the data file
 *   3. see that the log still has the names after that version (nobody cleaned them away)
 *   4. put the log entry under the next free name unless that is taken
 *   5. taken: by this very transaction (an answer was lost), so it is committed; by another load
 *      of the source, so this one gives up and takes its data file away; else back to 4, one on
 *
 * Meanwhile a keeper writes a checkpoint and removes the entries that it covers. Every process may
 * stop dead between any two effects, and a writer is then started again from 1 as another
 * transaction. An answer may get lost after the entry arrived: the store asks again, or reports an
 * error, after which nothing is known and nothing is taken away.
 *
 * What always holds is asserted in `inspect`. Whoever breaks one of the rules that follow finds
 * that it no longer does, which is how the tests know that the model can fail:
 *
 *   PUT_REPLACES      an entry replaces the one that has its name
 *   ENTRY_FIRST       the entry is put before the data file
 *   NO_OWN_CHECK      a writer does not know its own entry again
 *   DISCARD_ON_ERROR  the data file is taken away when the answer is an error
 *   NO_LOG_START      step 3 is left out
 *   CLEAN_FIRST       entries are removed before the checkpoint is there
 *   NO_RETENTION      entries are removed that a commit in progress has still to pass
 *
 * Assumed, not shown: an entry is put whole or not at all; and clean-up takes none away that a
 * commit in progress has still to pass (the guard of `expired`). For that, step 3 also gives up where
 * the entry would expire within the hour: a load may take longer than the log is kept, a commit not.
 */

#define RUNS 2                  /* times that a writer is started */
#define TRANSACTIONS 4          /* two writers' */
#define FIRST 5                 /* the transaction that made version 0 */
#define VERSIONS 6

byte entries[VERSIONS];         /* by name: the transaction that an entry is of; 0: free */
byte saved[VERSIONS];           /* what the checkpoint knows of each version */
byte checkpoint = 255;          /* its version; 255: there is none */
bool data[6];                   /* by transaction: its data file is there */

bool committing[2];             /* by writer: between its steps 3 and 5 */
byte goal[2];                   /* the version that it tries to make */

/* For the assertions only. */
byte made[VERSIONS];            /* the transaction that made each version */
bool acknowledged[6];
bool refused[6];

#ifdef SAME_SOURCE
#define source(t) 0
#else
#define source(t) ((t - 1) / RUNS)
#endif

inline findLatest(latest) {
  latest = (checkpoint == 255 -> 0 : checkpoint);
  for (i : 0 .. VERSIONS - 1) {
    if
    :: entries[i] != 0 && i > latest -> latest = i
    :: else
    fi
  }
}

/* The effect of a put. */
inline putEntry() {
  if
  :: entries[goal[w]] == 0 ->
    assert(made[goal[w]] == 0);  /* No version is made twice. */
    entries[goal[w]] = t;
    made[goal[w]] = t
  :: else ->
#ifdef PUT_REPLACES
    entries[goal[w]] = t;
#endif
    skip
  fi
}

inline inspect() {
  d_step {
    for (i : 0 .. VERSIONS - 1) {
      if
      :: made[i] != 0 ->
        /* No commit is lost: the entry is there, or the checkpoint has it. */
        assert(entries[i] == made[i] || (checkpoint != 255 && i <= checkpoint));
        assert(checkpoint == 255 || i > checkpoint || saved[i] == made[i]);
        /* No version refers to what is not there. */
        assert(data[made[i]]);
        /* No version is missing before another. */
        assert(i == 0 || made[i - 1] != 0);
        assert(!refused[made[i]])
      :: else
      fi
    }
    for (i : 1 .. TRANSACTIONS) {
      k = 0;
      for (j : 0 .. VERSIONS - 1) {
        if
        :: made[j] == i -> k++
        :: else
        fi
      }
      /* Acknowledged: once in the log. Not acknowledged: once or not at all. */
      assert(k <= 1 && (!acknowledged[i] || k == 1))
    }
    for (i : 0 .. 1) {
      k = 0;
      for (j : 1 .. VERSIONS - 1) {
        if
        :: made[j] != 0 && source(made[j]) == i -> k++
        :: else
        fi
      }
      /* No source is loaded twice, however often it was tried. */
      assert(k <= 1)
    }
  }
}

proctype Writer(byte w) {
  byte tries, t, i, found, latest;
  bool isLoaded, isGone;

again:
  committing[w] = false;
  if
  :: tries == RUNS -> goto done
  :: else
  fi;
  d_step {
    tries++;
    t = w * RUNS + tries;
    findLatest(latest);
    isLoaded = false;
    for (i : 1 .. latest) {
      if
      :: made[i] != 0 && source(made[i]) == source(t) -> isLoaded = true
      :: else
      fi
    }
  };
  if
  :: isLoaded -> goto done
  :: else
  fi;

#ifndef ENTRY_FIRST
  if
  :: goto again                 /* dies */
  :: data[t] = true
  fi;
#endif
  if
  :: goto again
  :: skip
  fi;
  d_step {
    goal[w] = latest + 1;
    committing[w] = true;
    findLatest(found);
    isGone = (entries[goal[w]] == 0 && found >= goal[w])
  };
#ifndef NO_LOG_START
  if
  :: isGone -> goto giveUp      /* others made that version, and it was cleaned away */
  :: else
  fi;
#endif

put:
  assert(goal[w] < VERSIONS);
  if
  :: goto again                 /* dies before */
  :: goto unknown               /* an error, and nothing has arrived */
  :: skip
  fi;
  d_step {
    found = entries[goal[w]];
    putEntry()
  };
  if
  :: goto again                 /* dies after */
  :: goto unknown               /* an error, and yet it has arrived */
  :: found == 0 -> goto committed
  :: goto taken                 /* the answer, or the second answer where the first was lost */
  fi;

taken:
  found = entries[goal[w]];
#ifndef NO_OWN_CHECK
  if
  :: found == t -> goto committed
  :: else
  fi;
#endif
  if
  :: found != FIRST && source(found) == source(t) -> goto giveUp
  :: else -> goal[w] = goal[w] + 1; goto put
  fi;

giveUp:
  atomic { data[t] = false; refused[t] = true; committing[w] = false };
  goto done;

unknown:
#ifdef DISCARD_ON_ERROR
  data[t] = false;
#endif
  goto again;

committed:
#ifdef ENTRY_FIRST
  if
  :: goto again
  :: data[t] = true
  fi;
#endif
  atomic { acknowledged[t] = true; committing[w] = false };

done:
  skip
}

#ifdef NO_RETENTION
#define expired(v) true
#else
#define expired(v) (!(committing[0] && goal[0] <= v) && !(committing[1] && goal[1] <= v))
#endif

inline saveCheckpoint() {
  d_step {
    for (i : 0 .. latest) {
      if
      :: entries[i] != 0 -> saved[i] = entries[i]
      :: else
      fi
    }
    checkpoint = latest
  }
}

proctype Keeper() {
  byte i, v, latest, round;

  do
  :: round == 2 -> break
  :: goto done
  :: round < 2 ->
    round++;
    d_step { findLatest(latest) };
#ifndef CLEAN_FIRST
    saveCheckpoint();
#endif
    v = 0;
    do
    :: v > latest -> break
    :: goto done
    :: atomic { v <= latest && expired(v) -> entries[v] = 0; v++ }
    od;
#ifdef CLEAN_FIRST
    saveCheckpoint();
#endif
    skip
  od;

done:
  skip
}

init {
  byte i, j, k;

  atomic {
    entries[0] = FIRST;
    made[0] = FIRST;
    data[FIRST] = true;
    run Writer(0);
    run Writer(1);
    run Keeper()
  };
  /* Once, at any moment: spin tries them all. */
  inspect()
}
