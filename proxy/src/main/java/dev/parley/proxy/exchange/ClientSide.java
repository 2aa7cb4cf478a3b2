package dev.parley.proxy.exchange;

import dev.parley.proxy.record.Decision;
import dev.parley.proxy.upstream.Origin;
import dev.parley.wire.head.ResponseHead;
import io.netty.buffer.ByteBuf;

/** The side of an exchange that faces the client. All calls are made on the client's event loop. */
public interface ClientSide {
    /** Who connections to endpoints are made for. */
    Origin origin();

    /** Sends an informational answer (RFC 9110 section 15.2). */
    void informational(ResponseHead head);

    /** Sends the head of the final answer. */
    void answerHead(ResponseHead head);

    /** Sends body bytes, in chunk framing where {@link #takesChunks()}; takes ownership. */
    void answerBody(ByteBuf bytes);

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

    /** The connection changed its protocol: from now on bytes go both ways as they come. */
    void upgraded(Upstream upstream);

    /** Cuts the connection: an answer that has begun cannot be completed, and the client must see that. The exchange is over. */
    void cutShort();

    /** Reads no more of the request until told so. */
    void pauseReading();

    /** Reads on. */
    void resumeReading();
}
