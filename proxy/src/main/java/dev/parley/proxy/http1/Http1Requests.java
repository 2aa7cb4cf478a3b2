package dev.parley.proxy.http1;

import dev.parley.proxy.exchange.ClientFacts;
import dev.parley.proxy.exchange.LatencyBudget;
import dev.parley.proxy.exchange.RequestEncoder;
import dev.parley.proxy.exchange.RequestShape;
import dev.parley.proxy.message.HeadBuffer;
import dev.parley.proxy.record.Decision;
import dev.parley.proxy.snapshot.RouteView;
import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.wire.head.RequestHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/** Writes requests as HTTP/1.1 endpoints have them. One for each event loop. */
public final class Http1Requests implements RequestEncoder {
    private final HeadBuffer out = new HeadBuffer();
    private final byte[] requestId = new byte[32];

    @Override
    public @Nullable ByteBuf encode(
            RequestHead head,
            RequestShape shape,
            ClientFacts client,
            RouteView route,
            ServiceView service,
            Decision decision,
            LatencyBudget budget,
            int maxTargetBytes) {
        decision.writeId(requestId, 0);
        if (!RequestWriter.write(out, head, shape, client, route, service, requestId, budget, maxTargetBytes)) {
            return null;
        }
        // Streams read the head once more to compress it, which bytes on the heap make cheap; sockets want them off it.
        ByteBuf image = service.framesChunks()
                ? ByteBufAllocator.DEFAULT.directBuffer(out.end(), out.end())
                : ByteBufAllocator.DEFAULT.heapBuffer(out.end(), out.end());
        return image.writeBytes(out.bytes(), 0, out.end());
    }
}
