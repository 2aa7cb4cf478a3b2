/**
 * TCP: a connection to a connection. {@link dev.parley.proxy.tcp.TcpDownstream} tells the story, {@link
 * dev.parley.proxy.tcp.Relay} moves the bytes, here and for upgraded HTTP connections.
 */
@NullMarked
package dev.parley.proxy.tcp;

import org.jspecify.annotations.NullMarked;
