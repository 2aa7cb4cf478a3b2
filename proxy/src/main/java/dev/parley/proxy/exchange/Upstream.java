package dev.parley.proxy.exchange;

import dev.parley.model.Service;
import dev.parley.proxy.tcp.Relay;
import dev.parley.wire.head.FieldBlock;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * What carries one request to an endpoint: an HTTP/1.1 connection that is lent, or a stream of an HTTP/2 connection. All calls
 * are made on its event loop.
 */
public interface Upstream {
    /** Lends it to an owner for one request, under the settings of the service as they are for that request. */
    void begin(UpstreamOwner owner, Service settings, RequestShape shape);

    /**
     * Sends the head of the request.
     *
     * @param image the head as HTTP/1.1 has it; stays the caller's
     * @param last whether nothing follows it
     */
    void head(ByteBuf image, boolean last);

    /** Sends the next {@code length} bytes of {@code from}, which stays the caller's, as part of the body. */
    void body(ByteBuf from, int length, boolean last);

    /** Sends the trailers, which end the request. The fields are read here and not kept. */
    void trailers(FieldBlock fields);

    void flush();

    boolean isWritable();

    /** The request is wholly written: the clock for the answer starts. */
    void requestComplete();

    /** Stops or resumes reading the answer, as the client keeps up. */
    void reading(boolean on);

    /** Gives the request up without a word to the owner. */
    void abandon();

    /** Whether its connection served a request before: then the endpoint may have closed it before it saw ours. */
    boolean reused();

    /** The socket, for a tunnel that takes it over; null where others share it. */
    @Nullable
    Channel tunnelSocket();

    /** Hands the bytes that arrive from now on, and the end, to a tunnel. */
    void tunnel(Relay relay);
}
