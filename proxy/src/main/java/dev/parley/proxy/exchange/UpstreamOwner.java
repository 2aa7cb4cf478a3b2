package dev.parley.proxy.exchange;

import dev.parley.wire.head.ResponseHead;
import io.netty.buffer.ByteBuf;

/** Who an upstream connection is lent to, and hears what comes of the request. All calls are made on the event loop. */
public interface UpstreamOwner {
    /** How a request failed at an endpoint. */
    enum Failure {
        /** No connection could be made: nothing was sent. */
        CONNECT,
        /** The connection ended or broke before the answer was whole. */
        RESET,
        /** The answer, or its next byte, did not come in time. */
        TIMEOUT,
        /** The answer breaks the protocol. */
        INVALID
    }

    /** Whether chunked bodies are wanted with their framing, else as bare data. */
    boolean takesChunks();

    /** Whether the request asked to change the protocol: only then may the answer do so. */
    boolean asksForUpgrade();

    /** An informational answer came. */
    void informational(ResponseHead head);

    /** The connection changed its protocol; it is the owner's from now on. */
    void upgraded(ResponseHead head);

    /** The head of the final answer came. */
    void answerHead(ResponseHead head);

    /** Body bytes came; the owner takes ownership. */
    void answerBody(ByteBuf bytes);

    /** All that came in one turn was handed over. */
    void answerTurnEnded();

    /** The answer is whole; the connection is no longer the owner's. */
    void answerComplete();

    /** The request failed; the connection is no longer the owner's. */
    void upstreamFailed(Failure failure, String why);

    /** The connection takes more of the request again. */
    void upstreamWritable();
}
