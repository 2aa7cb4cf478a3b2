/** TLS as peers see it: real sockets, real programs, both engines. */
@NullMarked
package dev.parley.app.tls;

import org.jspecify.annotations.NullMarked;
