package dev.parley.proxy.udp;

/** Who reads a datagram socket. */
interface DatagramReader {
    /** There is a datagram, or an error, to be read. Called on the loop, again as long as there is. */
    void readable();
}
