package dev.parley.proxy.listen;

import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.record.Decision;
import dev.parley.proxy.record.Label;
import dev.parley.proxy.record.Outcome;
import dev.parley.proxy.snapshot.ListenerView;
import dev.parley.proxy.tls.TlsFailure;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is told of a TLS handshake that failed: a metric by reason, a line in the access log, and the whole story for debugging. */
final class HandshakeFailures {
    private static final Logger LOG = LoggerFactory.getLogger(HandshakeFailures.class);

    private static final byte[] PLAIN_HTTP =
            answer("This port speaks HTTPS, and the request came without TLS. Ask again with https:// in front.\n");

    private HandshakeFailures() {}

    private static byte[] answer(String text) {
        String head = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: "
                + text.length() + "\r\n\r\n";
        return (head + text).getBytes(StandardCharsets.US_ASCII);
    }

    static void record(
            LoopState loop,
            ListenerView view,
            @Nullable InetSocketAddress client,
            @Nullable String serverName,
            TlsFailure why) {
        view.metrics().handshake(loop.worker().index(), why.result());
        long now = loop.worker().nowNs();
        Decision decision = new Decision();
        decision.begin(loop.ids(), Decision.Protocol.TLS, System.currentTimeMillis(), now);
        decision.from(
                view.label(), view.metrics(), loop.clientFacts(client, false).label());
        decision.serverName(serverName == null ? null : Label.of(serverName));
        decision.outcome(
                Outcome.HANDSHAKE_FAILED, loop.reasons().of(why.result().code()));
        decision.end(now);
        loop.recorder().record(decision);
        LOG.debug(
                "handshake failed listener={} client={} sni={} reason={} why={}",
                view.name(),
                client,
                serverName,
                why.result().code(),
                why.detail());
    }

    /** Tells a client that speaks HTTP where TLS is due, in words that it understands. nginx answers so too. */
    static void answerPlainHttp(Channel channel) {
        channel.writeAndFlush(Unpooled.wrappedBuffer(PLAIN_HTTP)).addListener(ChannelFutureListener.CLOSE);
    }
}
