"""The tables of the sandbox's database.

`own` is the organization's number, `person` the other one, `pair` both in order: what is said
between two numbers is one conversation, whichever way it goes. Times are seconds since 1970.

A conversation may hold texts, refused ones, or both: `latest` is the number of its latest message,
`activity` puts conversations in order by what came last of either. `after` is the `latest` of the
conversation when a text was refused.

Triggers count what a list of conversations shows, and `texts` holds only what a search reads, so
that both are quick at 100,000 messages: see benchmarks/sandbox_store.py.
"""

VERSION = 3
"""Of the tables: a file of another version is refused."""

TABLES = """
CREATE TABLE requests (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at REAL NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  headers TEXT NOT NULL,
  body TEXT NOT NULL,
  status INTEGER,
  fault TEXT
);
CREATE TABLE refusals (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  request INTEGER NOT NULL REFERENCES requests (seq) ON DELETE CASCADE,
  own TEXT NOT NULL,
  person TEXT NOT NULL,
  at REAL NOT NULL,
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  body TEXT NOT NULL,
  folded TEXT NOT NULL,
  conversation INTEGER NOT NULL,
  after INTEGER NOT NULL,
  is_new INTEGER NOT NULL
);
CREATE INDEX by_refused ON refusals (own, person, seq);
CREATE INDEX by_refused_conversation ON refusals (conversation, seq);
CREATE INDEX by_refused_request ON refusals (request);
CREATE TABLE conversations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  own TEXT NOT NULL,
  person TEXT NOT NULL,
  pair TEXT NOT NULL UNIQUE,
  latest INTEGER NOT NULL DEFAULT 0,
  activity INTEGER NOT NULL DEFAULT 0,
  total INTEGER NOT NULL DEFAULT 0,
  unread INTEGER NOT NULL DEFAULT 0,
  unread_by_organization INTEGER NOT NULL DEFAULT 0,
  doubles INTEGER NOT NULL DEFAULT 0,
  refused INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX by_activity ON conversations (activity);
CREATE INDEX by_latest ON conversations (own, latest) WHERE total > 0;
CREATE INDEX by_own ON conversations (own, activity);
CREATE INDEX by_unread ON conversations (unread) WHERE unread > 0;
CREATE INDEX by_person ON conversations (person, activity);
CREATE TABLE messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  legacy_id TEXT NOT NULL,
  direction TEXT NOT NULL,
  own TEXT NOT NULL,
  person TEXT NOT NULL,
  body TEXT NOT NULL,
  media TEXT NOT NULL,
  status TEXT NOT NULL,
  status_description TEXT NOT NULL,
  error_code TEXT,
  sent_at REAL NOT NULL,
  confirmed_at REAL,
  passthrough TEXT,
  request INTEGER,
  wave TEXT,
  fingerprint TEXT,
  double_of TEXT,
  is_new INTEGER NOT NULL
);
CREATE INDEX by_conversation ON messages (conversation, seq);
CREATE INDEX by_new ON messages (conversation) WHERE is_new;
CREATE INDEX by_fingerprint ON messages (fingerprint, seq) WHERE fingerprint IS NOT NULL;
CREATE INDEX by_request ON messages (request) WHERE request IS NOT NULL;
CREATE INDEX by_double ON messages (double_of) WHERE double_of IS NOT NULL;
CREATE INDEX by_wave ON messages (wave) WHERE wave IS NOT NULL;
CREATE TABLE texts (
  seq INTEGER PRIMARY KEY,
  conversation INTEGER NOT NULL,
  folded TEXT NOT NULL
);
CREATE TRIGGER message_added AFTER INSERT ON messages BEGIN
  UPDATE conversations SET
    latest = new.seq,
    activity = (SELECT max(activity) + 1 FROM conversations),
    total = total + 1,
    unread = unread + (new.is_new AND new.direction = 'outbound'),
    unread_by_organization = unread_by_organization + (new.is_new AND new.direction = 'inbound'),
    doubles = doubles + (new.double_of IS NOT NULL)
  WHERE id = new.conversation;
END;
CREATE TRIGGER message_read AFTER UPDATE OF is_new ON messages BEGIN
  UPDATE conversations SET
    unread = unread - (old.is_new AND old.direction = 'outbound'),
    unread_by_organization = unread_by_organization - (old.is_new AND old.direction = 'inbound')
  WHERE id = old.conversation;
END;
CREATE TRIGGER message_forgotten AFTER DELETE ON messages BEGIN
  UPDATE conversations SET
    total = total - 1,
    unread = unread - (old.is_new AND old.direction = 'outbound'),
    unread_by_organization = unread_by_organization - (old.is_new AND old.direction = 'inbound'),
    doubles = doubles - (old.double_of IS NOT NULL)
  WHERE id = old.conversation;
  DELETE FROM conversations WHERE id = old.conversation AND total = 0 AND refused = 0;
  DELETE FROM texts WHERE seq = old.seq;
END;
CREATE TRIGGER refusal_added AFTER INSERT ON refusals BEGIN
  UPDATE conversations SET
    activity = (SELECT max(activity) + 1 FROM conversations),
    unread = unread + new.is_new,
    refused = refused + 1
  WHERE id = new.conversation;
END;
CREATE TRIGGER refusal_read AFTER UPDATE OF is_new ON refusals BEGIN
  UPDATE conversations SET unread = unread - old.is_new WHERE id = old.conversation;
END;
CREATE TRIGGER refusal_forgotten AFTER DELETE ON refusals BEGIN
  UPDATE conversations SET unread = unread - old.is_new, refused = refused - 1
  WHERE id = old.conversation;
  DELETE FROM conversations WHERE id = old.conversation AND total = 0 AND refused = 0;
END;
CREATE TABLE steps (
  message INTEGER NOT NULL REFERENCES messages (seq) ON DELETE CASCADE,
  at REAL NOT NULL,
  status TEXT NOT NULL,
  description TEXT NOT NULL,
  error_code TEXT,
  is_done INTEGER NOT NULL
);
CREATE INDEX by_message ON steps (message);
CREATE INDEX by_due ON steps (at) WHERE NOT is_done;
CREATE TABLE contacts (
  own TEXT NOT NULL,
  person TEXT NOT NULL,
  name TEXT NOT NULL,
  folded TEXT NOT NULL,
  fields TEXT NOT NULL,
  blocked INTEGER NOT NULL,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  PRIMARY KEY (own, person)
);
CREATE TABLE lists (
  id TEXT NOT NULL PRIMARY KEY,
  own TEXT NOT NULL,
  name TEXT NOT NULL,
  source TEXT,
  term TEXT,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  UNIQUE (own, name)
);
CREATE TABLE members (
  list TEXT NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
  person TEXT NOT NULL,
  PRIMARY KEY (list, person)
);
CREATE TABLE waves (
  id TEXT NOT NULL PRIMARY KEY,
  own TEXT NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  media TEXT NOT NULL,
  lists TEXT NOT NULL,
  scheduled_at REAL NOT NULL
);
CREATE TABLE opt_outs (
  person TEXT NOT NULL PRIMARY KEY,
  at REAL NOT NULL,
  word TEXT NOT NULL
);
CREATE TABLE webhooks (
  id TEXT NOT NULL PRIMARY KEY,
  url TEXT NOT NULL,
  own TEXT,
  events TEXT,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL
);
CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  webhook TEXT NOT NULL,
  url TEXT NOT NULL,
  event TEXT NOT NULL,
  event_id TEXT NOT NULL,
  message TEXT,
  payload TEXT NOT NULL,
  created_at REAL NOT NULL,
  state TEXT NOT NULL,
  due_at REAL NOT NULL
);
CREATE INDEX by_delivery_due ON deliveries (due_at) WHERE state = 'pending';
CREATE INDEX by_delivery_message ON deliveries (message);
CREATE TABLE attempts (
  delivery INTEGER NOT NULL REFERENCES deliveries (seq) ON DELETE CASCADE,
  at REAL NOT NULL,
  seconds REAL NOT NULL,
  status INTEGER,
  answer TEXT NOT NULL
);
CREATE INDEX by_attempt ON attempts (delivery);
CREATE TABLE keys (
  name TEXT NOT NULL PRIMARY KEY,
  pem TEXT NOT NULL
);
"""
