/*
 * Who owns a connection: the protocol of docs/architecture.md ("Who owns a connection") between nginx, the supervisor
 * (runtime/supervisor/connections.cpp), and the control thread and handler threads of its workers
 * (runtime/worker/connections.cpp, handlers.cpp) over the table of words (runtime/lending/table.hpp). Names are theirs.
 *
 * Small enough to be exhausted: nginx sends a few requests one after the other over the connection that it keeps, and
 * makes another one where that was shut down. At any step a worker may crash, a replacement may be asked for, nginx may
 * hang up. Not here: bytes (a request is read whole or not at all; a crash in between leaves its word busy), what a
 * worker writes into the table that lies, `finish`, workers without a supervisor.
 *
 * What is checked, in every reachable state:
 *   one reader    at most one thread of one process reads from a connection, and it is its borrower's
 *   nothing lost  at most one request for each crash; none by a replacement, not even where nginx hangs up
 *   by the new    what begins once `leaving` was heard is not answered by who said so
 *   no end        where nothing moves any more, every request was answered or its connection shut down (or else nginx
 *                 would stand where no "end" label is), and each connection is somebody's
 * With pan -l (a search for cycles; there is no progress label) also that every history comes to such an end.
 *
 * Rules that can be broken, to see that this is found: PLAIN_MARK NO_GENERATION IDLE_BEFORE_ARMED EARLY_RETURN
 * KEEP_BUSY UNSEEN_DRAIN CLAIM_WHILE_LEAVING UNHEARD_WANT
 */
#ifndef REQUESTS
#define REQUESTS 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef REPLACEMENTS
#define REPLACEMENTS 1
#endif
#ifndef IDLE_TIMES
#define IDLE_TIMES 0 /* how often a worker is sent home with nobody to follow */
#endif
#ifndef HANG_UPS
#define HANG_UPS 1
#endif
#ifndef HANDLERS
#define HANDLERS 2 /* threads of the first worker; the later ones have one each */
#endif
#ifndef INDEXES
#define INDEXES 2 /* words in the table */
#endif

#define WORKERS (1 + CRASHES + REPLACEMENTS + IDLE_TIMES)
#define SOCKETS REQUESTS
#define NUMBERS INDEXES /* descriptors of a worker */
#define NONE 255

mtype = { idle, busy, wanted, released, poisoned }; /* State */
mtype = { free, held, lent };                       /* Place */
mtype = { lend, drain, ready, returned, leaving };  /* Kind */
mtype = { kept, ended };                            /* Fate */

/* ---- what the kernel keeps ---- */

typedef Socket {
  bool unread;     /* a request waits in it */
  bool answered;   /* an answer is on its way to nginx */
  bool hung_up;    /* by nginx */
  bool shut;       /* by us: shutdown() */
  byte reading;    /* threads that read from it now */
  byte begun_after /* bit w: when the request was sent, worker w had been heard to leave */
};
Socket sockets[SOCKETS];

typedef Descriptor { /* of a worker, with its place in the worker's epoll set */
  byte socket = NONE;
  bool armed;
  byte key_index;
  byte key_generation
};

typedef Worker {
  bool alive;
  Descriptor descriptors[NUMBERS];
  byte fds[INDEXES];         /* fds_: a descriptor's number, or NONE */
  byte generations[INDEXES]; /* generations_ */
  bool draining;
  bool closing;
  byte open;     /* open_ */
  byte handlers; /* threads that run */
  bool reaped    /* by the supervisor */
};
Worker workers[WORKERS];

chan backlog = [SOCKETS] of { byte };
chan to_worker[WORKERS] = [INDEXES + 2] of { mtype, byte, byte, byte };     /* Kind, index, generation, socket */
chan to_supervisor[WORKERS] = [2] of { mtype, byte, byte, mtype };          /* Kind, index, generation, Fate */

#define readable(s) (sockets[s].unread || sockets[s].hung_up || sockets[s].shut)

/* ---- lending/table.hpp: one word for each connection ---- */

typedef Word {
  byte generation;
  mtype state
};
Word words[INDEXES];

#ifdef NO_GENERATION
#define is(i, g, a_state) (words[i].state == a_state)
#else
#define is(i, g, a_state) (words[i].generation == g && words[i].state == a_state)
#endif

/* Compare-and-swap, as a guard: `:: swap(...)` where it succeeds, `:: !is(...)` where it does not. */
#define swap(i, g, from, to) d_step { is(i, g, from) -> words[i].state = to }
#ifdef PLAIN_MARK
#define table_claim(i, g) is(i, g, idle) -> words[i].state = busy
#else
#define table_claim(i, g) swap(i, g, idle, busy)
#endif
#define table_want(i, g) swap(i, g, busy, wanted)
#define table_set_idle(i, g) swap(i, g, busy, idle)
#define table_release(i, g) swap(i, g, idle, released)

inline store(i, g, new_state) {
  d_step { words[i].generation = g; words[i].state = new_state }
}

/* ---- what the supervisor keeps; the workers see it only in assertions ---- */

mtype place[INDEXES] = free;
byte socket_of[INDEXES];
bool has_copy[INDEXES]; /* false where nginx has hung up on a lent one */
byte generation[INDEXES];
byte borrower[INDEXES]; /* while it is lent */
byte left;              /* bit w: worker w was heard to leave */
byte crashed;
byte asked;       /* replacements */
byte idle_times;  /* workers to be sent home */
bool is_impatient /* nginx hangs up at its next choice */

/* ---- worker/connections.cpp ---- */

/* Of a descriptor that is closed, or by now another's, it would be a fault: nobody would hear of the connection again. */
inline watch(w, number, i, g) {
  d_step {
    assert(workers[w].descriptors[number].socket != NONE);
    workers[w].descriptors[number].armed = true;
    workers[w].descriptors[number].key_index = i;
    workers[w].descriptors[number].key_generation = g
  }
}

inline retire(w, i, g, new_state, fate) {
  d_step { number = workers[w].fds[i]; workers[w].fds[i] = NONE; assert(number != NONE) };
  workers[w].descriptors[number].armed = false; /* EPOLL_CTL_DEL */
#ifdef EARLY_RETURN
  store(i, g, new_state);
  to_supervisor[w]!returned(i, g, fate);
#endif
  d_step { sockets[workers[w].descriptors[number].socket].shut =
             sockets[workers[w].descriptors[number].socket].shut || fate == ended };
  workers[w].descriptors[number].socket = NONE; /* close() */
#ifndef EARLY_RETURN
  store(i, g, new_state);
  to_supervisor[w]!returned(i, g, fate);
#endif
  d_step { workers[w].open--; number = NONE }
}
inline give_back(w, i, g) { retire(w, i, g, released, kept) }
inline end_connection(w, i, g) { retire(w, i, g, poisoned, ended) }
inline release(w, i, g) {
  if
  :: table_release(i, g); give_back(w, i, g)
  :: !is(i, g, idle)
  fi
}

/* What is claimed must be the caller's to claim: its worker is the borrower, and this the lending that it was told of. */
#define is_lent_to(w, i, g) (place[i] == lent && borrower[i] == w && generation[i] == g)

/* For Handler: goes to `served` where it is not to be had. Its holder looks again before it lets go, once told. */
inline claim(w, i, g) {
  if
  :: table_claim(i, g)
  :: !is(i, g, idle) ->
#ifdef UNHEARD_WANT
     goto served
#else
     if
     :: table_want(i, g); goto served
     :: !is(i, g, busy) ->
        if
        :: table_claim(i, g)
        :: !is(i, g, idle) -> goto served
        fi
     fi
#endif
  fi;
  assert(is_lent_to(w, i, g));
#ifndef CLAIM_WHILE_LEAVING
  if
  :: workers[w].draining -> give_back(w, i, g); goto served
  :: !workers[w].draining
  fi
#endif
}

/* For Handler: goes to `again` where more has come and the caller is the holder still. */
inline let_go_of(w, i, g) {
  if
  :: workers[w].draining -> give_back(w, i, g)
  :: !workers[w].draining ->
#ifdef IDLE_BEFORE_ARMED
     number = workers[w].fds[i];
#else
     watch(w, workers[w].fds[i], i, g);
#endif
     if
     :: table_set_idle(i, g);
#ifdef IDLE_BEFORE_ARMED
        watch(w, number, i, g);
        number = NONE;
#endif
#ifndef UNSEEN_DRAIN
        if
        :: workers[w].draining -> release(w, i, g)
        :: !workers[w].draining
        fi
#endif
     :: !is(i, g, busy) ->
        store(i, g, busy);
#ifdef CLAIM_WHILE_LEAVING
        goto again
#else
        if
        :: workers[w].draining -> give_back(w, i, g)
        :: !workers[w].draining -> goto again
        fi
#endif
     fi
  fi
}

/* exchange.cpp, for Handler: reads a request, runs the function, writes the answer. To `finished` where nobody is there. */
inline serve_request(w, s) {
  atomic { sockets[s].reading++; assert(sockets[s].reading == 1) };
  if
  :: d_step { sockets[s].unread && !sockets[s].shut ->
       sockets[s].unread = false;
       assert((sockets[s].begun_after & (1 << w)) == 0)
     };
     /* here the function runs */
     if
     :: d_step { !sockets[s].hung_up && !sockets[s].shut -> sockets[s].answered = true; sockets[s].reading-- }
     :: d_step { sockets[s].hung_up || sockets[s].shut -> sockets[s].reading-- }; goto finished
     fi
  :: d_step { sockets[s].shut || (sockets[s].hung_up && !sockets[s].unread) -> sockets[s].reading-- }; goto finished
  fi
}

/* A worker that ends, however, takes its descriptors and epoll set with it; who reads does so no more. */
inline end_process(w, count) {
  workers[w].alive = false;
  for (count : 0 .. NUMBERS - 1) {
    if
    :: workers[w].descriptors[count].socket != NONE -> sockets[workers[w].descriptors[count].socket].reading = 0
    :: else
    fi;
    workers[w].descriptors[count].socket = NONE;
    workers[w].descriptors[count].armed = false;
    workers[w].descriptors[count].key_index = 0;
    workers[w].descriptors[count].key_generation = 0
  }
  for (count : 0 .. INDEXES - 1) { workers[w].fds[count] = NONE; workers[w].generations[count] = 0 }
  workers[w].draining = false;
  workers[w].closing = false;
  workers[w].open = 0;
  workers[w].handlers = 0;
  count = 0
}

#define has_event(w, number)                                              \
  (workers[w].descriptors[number].armed && workers[w].descriptors[number].socket != NONE && \
   readable(workers[w].descriptors[number].socket))

inline next(w, at) {
  d_step {
    index = workers[w].descriptors[at].key_index;
    key = workers[w].descriptors[at].key_generation;
    workers[w].descriptors[at].armed = false
  }
}

proctype Handler(byte w) {
  byte index = NONE, key = 0, number = NONE, socket = NONE;
  {
end:
    do
    :: atomic { has_event(w, 0) -> next(w, 0) }; break
#if NUMBERS > 1
    :: atomic { has_event(w, 1) -> next(w, 1) }; break
#endif
    :: workers[w].closing -> goto leave
    od;
    claim(w, index, key);
    socket = workers[w].descriptors[workers[w].fds[index]].socket;
again:
    serve_request(w, socket);
    let_go_of(w, index, key);
    goto served;
finished:
    end_connection(w, index, key);
served:
    atomic { index = NONE; key = 0; socket = NONE };
    goto end;
leave:
    workers[w].handlers--
  } unless { !workers[w].alive }
}

proctype Control(byte w) {
  byte i = 0, g = 0, s = NONE, number = NONE;
  {
    to_supervisor[w]!ready(0, 0, kept);
end:
    do
    :: atomic { !workers[w].draining && to_worker[w]?[lend] ->
         to_worker[w]?lend(i, g, s);
         assert(workers[w].fds[i] == NONE); /* or "the supervisor has lent a connection twice" */
         number = 0;
         do
         :: workers[w].descriptors[number].socket != NONE -> number++
         :: else -> break
         od;
         workers[w].descriptors[number].socket = s /* recvmsg(): the lowest number that is free */
       };
       d_step { workers[w].generations[i] = g; workers[w].fds[i] = number; workers[w].open++ };
       atomic { watch(w, number, i, g); number = NONE; i = 0; g = 0; s = NONE }
    :: atomic { !workers[w].draining && to_worker[w]?[drain] -> to_worker[w]?drain(_, _, _) };
       workers[w].draining = true;
       do
       :: i < INDEXES ->
          if
          :: atomic { workers[w].fds[i] != NONE -> g = workers[w].generations[i] }; release(w, i, g)
          :: workers[w].fds[i] == NONE
          fi;
          d_step { i++; g = 0 }
       :: else -> i = 0; break
       od;
       to_supervisor[w]!leaving(0, 0, kept)
    :: workers[w].draining && workers[w].open == 0 -> break
    od;
    workers[w].closing = true;
    workers[w].handlers == 0;
    d_step { end_process(w, i) }
  } unless { !workers[w].alive }
}

/* ---- supervisor/connections.cpp, slot_runner.cpp ---- */

inline start_worker() {
  d_step {
    assert(started < WORKERS);
    starting = started;
    started++;
    workers[starting].alive = true;
    workers[starting].handlers = (starting == 0 -> HANDLERS : 1);
    for (w : 0 .. INDEXES - 1) { workers[starting].fds[w] = NONE }
    w = 0
  };
  run Control(starting);
  run Handler(starting);
  if
  :: starting == 0 && HANDLERS > 1 -> run Handler(starting)
  :: else
  fi
}
inline on_demand() {
  if
  :: current == NONE && starting == NONE -> start_worker()
  :: else
  fi
}
inline lend_to_current(i) {
  d_step {
    generation[i]++;
    words[i].generation = generation[i];
    words[i].state = idle;
    place[i] = lent;
    borrower[i] = current
  };
  assert(nfull(to_worker[current]));
  to_worker[current]!lend(i, generation[i], socket_of[i])
}
inline let_go(i) {
  d_step { place[i] = free; has_copy[i] = false }
}
inline shut_down(i) {
  d_step {
    if
    :: has_copy[i] -> sockets[socket_of[i]].shut = true
    :: else
    fi;
    place[i] = free;
    has_copy[i] = false
  }
}
inline hold(i) {
  place[i] = held;
  if
  :: current != NONE -> lend_to_current(i)
  :: else
  fi
}
inline lend_all() {
  for (i : 0 .. INDEXES - 1) {
    if
    :: place[i] == held -> lend_to_current(i)
    :: else
    fi
  }
}
inline send_home(who) {
  assert(nfull(to_worker[who]));
  to_worker[who]!drain(0, 0, 0)
}
inline take_back(i, g, fate) {
  assert(place[i] == lent && borrower[i] == w && generation[i] == g); /* or "breaks the protocol: killed" */
  if
  :: fate == ended || !has_copy[i] -> shut_down(i)
  :: else -> hold(i)
  fi
}
#ifdef KEEP_BUSY
#define was_unread(i) true
#else
#define was_unread(i) \
  (words[i].generation == generation[i] && (words[i].state == idle || words[i].state == released))
#endif
inline borrower_gone() {
  for (i : 0 .. INDEXES - 1) {
    if
    :: place[i] == lent && borrower[i] == w ->
       if
       :: was_unread(i) && has_copy[i] -> hold(i)
       :: else -> shut_down(i)
       fi
    :: else
    fi
  }
}

inline receive(from) {
  to_supervisor[from]?kind(i, g, fate);
  w = from;
  if
  :: kind == ready ->
     if
     :: current != NONE -> send_home(current)
     :: else
     fi;
     current = starting;
     starting = NONE;
     lend_all()
  :: kind == returned -> take_back(i, g, fate)
  :: kind == leaving -> left = left | (1 << w)
  fi;
  d_step { i = 0; g = 0; w = 0; kind = 0; fate = 0 }
}
inline reap(who) {
  w = who;
  workers[w].reaped = true;
  if
  :: current == w -> current = NONE
  :: starting == w -> starting = NONE
  :: else
  fi;
  borrower_gone();
  d_step { i = 0; w = 0 }
}
#define is_to_reap(w) (w < started && !workers[w].alive && !workers[w].reaped && empty(to_supervisor[w]))
#define hears(w) (nempty(to_supervisor[w]))
#define has_demand(i) (place[i] == held && current == NONE && starting == NONE && sockets[socket_of[i]].unread)
#define is_hung_up(i) (has_copy[i] && sockets[socket_of[i]].hung_up)

inline on_hang_up(i) {
  if
  :: place[i] == held -> let_go(i)
  :: else -> has_copy[i] = false
  fi
}

active proctype Supervisor() {
  byte current = NONE, starting = NONE, started = 0;
  byte i = 0, g = 0, w = 0;
  mtype kind = 0, fate = 0;
end:
  do
  :: atomic { nempty(backlog) && place[0] == free -> backlog?socket_of[0]; has_copy[0] = true; hold(0); on_demand() }
  :: atomic { hears(0) -> receive(0) }
  :: atomic { is_to_reap(0) -> reap(0) }
  :: atomic { has_demand(0) -> on_demand() }
  :: atomic { is_hung_up(0) -> on_hang_up(0) }
#if INDEXES > 1
  :: atomic { nempty(backlog) && place[0] != free && place[1] == free ->
       backlog?socket_of[1]; has_copy[1] = true; hold(1); on_demand() }
  :: atomic { has_demand(1) -> on_demand() }
  :: atomic { is_hung_up(1) -> on_hang_up(1) }
#endif
#if WORKERS > 1
  :: atomic { hears(1) -> receive(1) }
  :: atomic { is_to_reap(1) -> reap(1) }
#endif
#if WORKERS > 2
  :: atomic { hears(2) -> receive(2) }
  :: atomic { is_to_reap(2) -> reap(2) }
#endif
#if WORKERS > 3
  :: atomic { hears(3) -> receive(3) }
  :: atomic { is_to_reap(3) -> reap(3) }
#endif
  :: atomic { asked > 0 && current != NONE && starting == NONE -> asked--; start_worker() }
  :: atomic { idle_times > 0 && current != NONE && starting == NONE -> idle_times--; send_home(current); current = NONE }
  od
}

/* ---- nginx, and what befalls them ---- */

active proctype Nginx() {
  byte s = NONE, made = 0, sent = 0, lost = 0;
  do
  :: sent == REQUESTS -> break
  :: sent < REQUESTS ->
     if
     :: s == NONE -> s = made; made++; backlog!s
     :: else
     fi;
     d_step { sent++; sockets[s].begun_after = left; sockets[s].unread = true };
     if
     :: sockets[s].answered -> sockets[s].answered = false
     :: sockets[s].shut && !sockets[s].answered -> d_step { lost++; assert(lost <= crashed); s = NONE }
     :: is_impatient -> d_step { is_impatient = false; sockets[s].hung_up = true; s = NONE }
     fi
  :: is_impatient && s != NONE -> d_step { is_impatient = false; sockets[s].hung_up = true; s = NONE }
  od
}

/* Each at any step, or never. */
#define may_crash(w) (crashes < CRASHES && workers[w].alive)
active proctype Misfortune() {
  byte i = 0, crashes = 0, replacements = 0, idlenesses = 0, hang_ups = 0;
  do
  :: d_step { may_crash(0) -> crashes++; crashed++; end_process(0, i) }
#if WORKERS > 1
  :: d_step { may_crash(1) -> crashes++; crashed++; end_process(1, i) }
#endif
#if WORKERS > 2
  :: d_step { may_crash(2) -> crashes++; crashed++; end_process(2, i) }
#endif
#if WORKERS > 3
  :: d_step { may_crash(3) -> crashes++; crashed++; end_process(3, i) }
#endif
  :: d_step { replacements < REPLACEMENTS -> replacements++; asked++ }
  :: d_step { idlenesses < IDLE_TIMES -> idlenesses++; idle_times++ }
  :: d_step { hang_ups < HANG_UPS && !is_impatient -> hang_ups++; is_impatient = true }
  :: break
  od
}

/* Where nothing moves any more each connection is nobody's, the supervisor's, or a worker's that waits for its bytes. */
#define is_watched(i)                                                                             \
  (workers[borrower[i]].alive && workers[borrower[i]].fds[i] != NONE && words[i].state == idle && \
   words[i].generation == generation[i] &&                                                        \
   workers[borrower[i]].descriptors[workers[borrower[i]].fds[i]].armed &&                         \
   workers[borrower[i]].descriptors[workers[borrower[i]].fds[i]].key_generation == generation[i])
active proctype Quiet() {
  byte i;
  timeout ->
  for (i : 0 .. INDEXES - 1) {
    assert(place[i] != lent || is_watched(i))
  }
  for (i : 0 .. WORKERS - 1) {
    assert(!workers[i].draining) /* who was to leave has left */
  }
}
