package dev.parley.proxy.exchange;

import dev.parley.proxy.grpc.GrpcContent;
import dev.parley.proxy.grpc.WebAnswer;
import dev.parley.proxy.grpc.WebRequest;
import dev.parley.proxy.grpc.WebText;
import dev.parley.proxy.message.GrpcStatus;
import dev.parley.proxy.record.Decision;
import dev.parley.proxy.upstream.Origin;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * Stands between an exchange and a client that calls by gRPC-Web, over whichever version of HTTP. Where the service's endpoints take
 * gRPC, the request becomes that and its answer gRPC-Web again; what Parley answers itself is gRPC-Web in any case. Made for such a
 * request alone. Holds nothing of a body but up to three letters of base64: each part goes on as it comes.
 */
final class GrpcWeb implements ClientSide {
    private final ClientSide client;
    private final int asked;
    private final int wanted;
    private final @Nullable WebText text;
    private boolean bridging;
    private boolean translating;

    /**
     * Stands before a client.
     *
     * @param fields of the request's head
     * @param kind of the request, as {@link GrpcContent} has it
     */
    GrpcWeb(ClientSide client, FieldBlock fields, int kind) {
        this.client = client;
        asked = kind;
        wanted = WebRequest.wanted(fields, kind);
        text = kind == GrpcContent.WEB_TEXT ? new WebText() : null;
    }

    // ---- the request ----

    /** The endpoints take gRPC: writes the head so, which is released here, and translates all that follows. */
    ByteBuf bridge(ByteBuf head, RequestShape shape) {
        bridging = true;
        shape.bridged(text != null);
        return WebRequest.rewrite(head, asked);
    }

    boolean bridging() {
        return bridging;
    }

    /** Whether the body has to be {@link #decoded}. */
    boolean decodes() {
        return bridging && text != null;
    }

    /** What the next {@code length} bytes of a body stand for, a buffer of the caller's; null where they are not base64. */
    @Nullable
    ByteBuf decoded(ByteBuf from, int length, boolean last) {
        if (text == null) {
            throw new AssertionError("only text is decoded");
        }
        ByteBuf plain = from.alloc().directBuffer(length / 4 * 3 + 3);
        if (text.decode(from, length, plain) && (!last || text.whole())) {
            return plain;
        }
        plain.release();
        return null;
    }

    // ---- the answer ----

    @Override
    public void answerHead(ResponseHead head, boolean last, boolean bare) {
        // An endpoint that answers with something else than gRPC is understood by its HTTP status.
        translating = bridging && GrpcStatus.isGrpc(head.fields());
        if (!translating) {
            client.answerHead(head, last, bare);
            return;
        }
        // The fields of the head are read before the client has the chance to reuse what they lie in.
        ByteBuf trailers = last ? WebAnswer.trailers(head.fields(), true) : null;
        client.answerHead(WebAnswer.head(head, wanted, last), false, true);
        if (trailers != null) {
            end(trailers);
        }
    }

    @Override
    public void answerBody(ByteBuf from, int length, boolean last) {
        if (translating && length > 0) {
            send(WebAnswer.part(from, length, wanted), last);
        } else {
            client.answerBody(from, length, last);
        }
    }

    @Override
    public void answerTrailers(FieldBlock fields) {
        if (translating) {
            end(WebAnswer.trailers(fields, false));
        } else {
            client.answerTrailers(fields);
        }
    }

    private void end(ByteBuf trailers) {
        send(WebAnswer.part(trailers, trailers.readableBytes(), wanted), true);
        trailers.release();
    }

    private void send(ByteBuf part, boolean last) {
        client.answerBody(part, part.readableBytes(), last);
        part.release();
    }

    /** A redirect stays one, for browsers follow it; a page can read anything else only as the end of its call. */
    @Override
    public void answerLocally(LocalAnswer answer, Decision decision) {
        if (answer.location() != null) {
            client.answerLocally(answer, decision);
            return;
        }
        ByteBuf trailers = WebAnswer.trailers(GrpcStatus.of(answer.status()), answer.callMessage());
        ByteBuf part = WebAnswer.part(trailers, trailers.readableBytes(), wanted);
        byte[] body = new byte[part.readableBytes()];
        part.readBytes(body);
        part.release();
        trailers.release();
        client.answerLocally(
                new LocalAnswer(200, "", "", WebAnswer.type(wanted), body, null, answer.close()), decision);
    }

    @Override
    public boolean takesChunks() {
        return !bridging && client.takesChunks();
    }

    // ---- what it has no part in ----

    @Override
    public Decision.Protocol protocol() {
        return client.protocol();
    }

    @Override
    public Origin origin() {
        return client.origin();
    }

    @Override
    public void informational(ResponseHead head) {
        client.informational(head);
    }

    @Override
    public void flush() {
        client.flush();
    }

    @Override
    public boolean isWritable() {
        return client.isWritable();
    }

    @Override
    public void answered() {
        client.answered();
    }

    @Override
    public void upgraded(ResponseHead head, RequestShape shape) {
        client.upgraded(head, shape);
    }

    @Override
    public @Nullable Channel tunnelSocket() {
        return client.tunnelSocket();
    }

    @Override
    public void tunnel(Upstream upstream) {
        client.tunnel(upstream);
    }

    @Override
    public void stream() {
        client.stream();
    }

    @Override
    public void cutShort(int callStatus, String callMessage) {
        client.cutShort(callStatus, callMessage);
    }

    @Override
    public void pauseReading() {
        client.pauseReading();
    }

    @Override
    public void resumeReading() {
        client.resumeReading();
    }
}
