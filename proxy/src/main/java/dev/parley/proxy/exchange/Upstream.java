package dev.parley.proxy.exchange;

import dev.parley.model.Service;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/** One connection to an endpoint, lent to one owner at a time. All calls are made on its event loop. */
public interface Upstream {
    /** Lends the connection to an owner for one request, under the settings of the service as they are for that request. */
    void begin(UpstreamOwner owner, Service settings, int requestMethod);

    /** Writes part of the request; takes ownership. */
    void write(ByteBuf bytes);

    void flush();

    boolean isWritable();

    /** The request is wholly written: the clock for the answer starts. */
    void requestComplete();

    /** Stops or resumes reading the answer, as the client keeps up. */
    void reading(boolean on);

    /** Closes the connection without a word to the owner. */
    void abandon();

    /** Whether it served a request before: then the endpoint may have closed it before it saw ours. */
    boolean reused();

    /** The socket, for a tunnel that takes it over. */
    Channel channel();

    /** Hands the bytes that arrive from now on, and the end, to a tunnel. */
    void tunnel(dev.parley.proxy.tcp.Relay relay);
}
