/**
 * Where Parley keeps what must outlive a crash: one folder, one SQLite file, the lock that keeps a second Parley out, and the steps by
 * which the file comes to the present schema. Knows no table's meaning. Start at {@link dev.parley.control.store.Database}.
 */
@NullMarked
package dev.parley.control.store;

import org.jspecify.annotations.NullMarked;
