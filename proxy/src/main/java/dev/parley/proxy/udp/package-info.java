/**
 * UDP: sessions by client address, each with a connected socket to its endpoint. {@link dev.parley.proxy.udp.UdpPort} is what
 * one listener does on one loop; start there. Nothing here looks into a datagram.
 */
@NullMarked
package dev.parley.proxy.udp;

import org.jspecify.annotations.NullMarked;
