/**
 * Where connections begin: listening sockets, who is let in, the PROXY protocol, which protocol is spoken, and the drain when
 * a listener goes. Start at {@link dev.parley.proxy.listen.Listeners}.
 */
@NullMarked
package dev.parley.proxy.listen;

import org.jspecify.annotations.NullMarked;
