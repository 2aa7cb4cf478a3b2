package dev.parley.proxy.exchange;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.ResponseHead;
import io.netty.buffer.ByteBuf;

/** Who an upstream is lent to, and hears what comes of the request. All calls are made on the event loop. */
public interface UpstreamOwner {
    /** How a request failed at an endpoint. */
    enum Failure {
        /** No connection could be made: nothing was sent. */
        CONNECT,
        /** The endpoint said that it did nothing with the request (RFC 9113 section 8.7). */
        REFUSED,
        /** The connection ended or broke before the answer was whole. */
        RESET,
        /** The answer, or its next byte, did not come in time. */
        TIMEOUT,
        /** The answer did not begin within the time of one attempt, and there is time for another. */
        OVERDUE,
        /** The answer breaks the protocol. */
        INVALID
    }

    /** Whether chunked bodies are wanted with their framing, where the endpoint sends such, else as bare data. */
    boolean takesChunks();

    /** An informational answer came. */
    void informational(ResponseHead head);

    /** The connection changed its protocol; it is the owner's from now on. */
    void upgraded(ResponseHead head);

    /**
     * The head of the final answer came.
     *
     * @param last whether nothing follows it
     * @param bare whether a body of unknown length comes as bare data, not in chunks
     */
    void answerHead(ResponseHead head, boolean last, boolean bare);

    /** The next {@code length} bytes of {@code from} belong to the body. All of them are to be read here; the buffer is not kept. */
    void answerBody(ByteBuf from, int length, boolean last);

    /** Trailers came, which end the answer. The fields are read here and not kept. */
    void answerTrailers(FieldBlock fields);

    /** All that came in one turn was handed over. */
    void answerTurnEnded();

    /** The answer is whole; what carried it is no longer the owner's. */
    void answerComplete();

    /** The request failed; what carried it is no longer the owner's. */
    void upstreamFailed(Failure failure, String why);

    /** It takes more of the request again. */
    void upstreamWritable();
}
