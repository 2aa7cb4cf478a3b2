package dev.parley.proxy.exchange;

import dev.parley.proxy.record.Decision;
import dev.parley.proxy.upstream.Origin;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/** The side of an exchange that faces the client. All calls are made on the client's event loop. */
public interface ClientSide {
    /** Who connections to endpoints are made for. */
    Origin origin();

    /** What is spoken with the client. */
    Decision.Protocol protocol();

    /** Sends an informational answer (RFC 9110 section 15.2). */
    void informational(ResponseHead head);

    /**
     * Sends the head of the final answer.
     *
     * @param last whether nothing follows it
     * @param bare whether a body of unknown length comes as bare data, not in chunks
     */
    void answerHead(ResponseHead head, boolean last, boolean bare);

    /** Sends the next {@code length} bytes of {@code from}, which stays the caller's. */
    void answerBody(ByteBuf from, int length, boolean last);

    /** Sends trailers, which end the answer. The fields are read here and not kept. */
    void answerTrailers(FieldBlock fields);

    /** Whether chunked bodies go to this client with their framing, else as bare data. */
    boolean takesChunks();

    /** Sends what was written. */
    void flush();

    /** Whether the client takes more now; where it does not, the upstream is told when it does. */
    boolean isWritable();

    /** The answer is complete, and the exchange is over. */
    void answered();

    /** Writes an answer of Parley's own; {@link #answered} follows. */
    void answerLocally(LocalAnswer answer, Decision decision);

    /** The protocol changes: tells the client so. From now on bytes go both ways as they come. */
    void upgraded(ResponseHead head, RequestShape asked);

    /** The socket, for a tunnel that takes it over; null where others share it. */
    @Nullable
    Channel tunnelSocket();

    /** Gives the socket to a tunnel between it and the upstream's. The exchange goes on until the tunnel ends. */
    void tunnel(Upstream upstream);

    /** Hands over what the client sends as parts of a body that has no end of its own, and takes such an answer. */
    void stream();

    /**
     * Ends the answer short: it cannot be completed, and the client must see that. The exchange is over.
     *
     * @param callStatus what a call of gRPC is told in its trailers, where it can still be told
     * @param callMessage and why
     */
    void cutShort(int callStatus, String callMessage);

    /** Reads no more of the request until told so. */
    void pauseReading();

    /** Reads on. */
    void resumeReading();
}
