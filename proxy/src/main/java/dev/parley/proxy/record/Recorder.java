package dev.parley.proxy.record;

import dev.parley.telemetry.log.LineWriter;
import dev.parley.telemetry.metrics.EndpointMetrics;
import dev.parley.telemetry.metrics.ListenerMetrics;
import dev.parley.telemetry.metrics.RouteMetrics;
import dev.parley.telemetry.metrics.ServiceMetrics;
import dev.parley.telemetry.metrics.ServiceMetrics.RetryCause;
import dev.parley.telemetry.metrics.StatusClass;
import org.jspecify.annotations.Nullable;

/**
 * Tells the metrics and the access log of what has been decided. One per event loop, used by it alone; never waits,
 * never allocates once an entity has been counted for the first time.
 */
public final class Recorder {
    private final int loop;
    private final LineWriter.@Nullable Lane lane;
    private final AccessLogFormat format = new AccessLogFormat();

    /**
     * @param loop the event loop's index
     * @param lane the event loop's end of the access log, null where there is none
     */
    public Recorder(int loop, LineWriter.@Nullable Lane lane) {
        this.loop = loop;
        this.lane = lane;
    }

    /** An interaction ended: call once, after {@link Decision#end}. */
    public void record(Decision decision) {
        countBytes(decision);
        ListenerMetrics listener = decision.listenerMetrics;
        if (listener != null) {
            listener.interaction(loop, decision.outcome.index());
            if (decision.refusal >= 0) {
                listener.requestRefused(loop, decision.refusal);
            }
        }
        switch (decision.protocol) {
            case TCP, UDP -> countConnection(decision);
            case TLS -> {}
            case HTTP_1_0, HTTP_1_1, HTTP_2 -> countRequest(decision);
        }
        log(decision);
    }

    /**
     * An attempt failed and another one follows, which {@link Decision#attempt} will begin. The last attempt of an
     * interaction is counted by {@link #record}. Of this one nothing was sent.
     */
    public void retry(Decision decision) {
        retry(decision, RetryCause.UNSENT);
    }

    /** The same for an attempt that failed in another way. */
    public void retry(Decision decision, RetryCause cause) {
        EndpointMetrics endpoint = decision.endpointMetrics;
        if (endpoint != null) {
            endpoint.requests(loop, StatusClass.NONE);
        }
        ServiceMetrics service = decision.serviceMetrics;
        if (service != null) {
            service.retried(loop, cause);
        }
    }

    /**
     * Counts the bytes of an interaction that have not been counted yet. For what lasts: a tunnel that calls this now and
     * then shows its traffic while it flows, and not only when it ends.
     */
    public void countBytes(Decision decision) {
        long fromClient = decision.requestBytes - decision.requestBytesCounted;
        long toClient = decision.responseBytes - decision.responseBytesCounted;
        decision.requestBytesCounted = decision.requestBytes;
        decision.responseBytesCounted = decision.responseBytes;
        ListenerMetrics listener = decision.listenerMetrics;
        if (listener != null) {
            listener.bytes(loop, fromClient, toClient);
        }
        EndpointMetrics endpoint = decision.endpointMetrics;
        if (endpoint != null) {
            endpoint.bytes(loop, toClient, fromClient);
        }
        if (decision.protocol == Decision.Protocol.UDP) {
            countDatagrams(decision);
        }
    }

    private void countDatagrams(Decision decision) {
        long fromClient = decision.requestDatagrams - decision.requestDatagramsCounted;
        long toClient = decision.responseDatagrams - decision.responseDatagramsCounted;
        decision.requestDatagramsCounted = decision.requestDatagrams;
        decision.responseDatagramsCounted = decision.responseDatagrams;
        ListenerMetrics listener = decision.listenerMetrics;
        if (listener != null) {
            listener.datagrams(loop, fromClient, toClient);
        }
        EndpointMetrics endpoint = decision.endpointMetrics;
        if (endpoint != null) {
            endpoint.datagrams(loop, toClient, fromClient);
        }
    }

    private void countConnection(Decision decision) {
        ServiceMetrics service = decision.serviceMetrics;
        if (service != null) {
            if (decision.protocol == Decision.Protocol.UDP) {
                service.udpSession(loop);
            } else {
                service.tcpConnection(loop);
            }
            if (decision.outcome == Outcome.NO_ENDPOINT) {
                service.noEndpoint(loop);
            }
        }
    }

    private void countRequest(Decision decision) {
        int clientClass = decision.cutShort ? StatusClass.NONE : StatusClass.of(decision.status);
        // How long a tunnel was open says nothing of how quick anything answers.
        boolean timed = clientClass != StatusClass.NONE && decision.outcome != Outcome.TUNNELLED;
        RouteMetrics route = decision.routeMetrics;
        if (route != null) {
            if (decision.budgetNs >= 0) {
                route.budgetSpent(loop, decision.totalNs, decision.budgetNs);
            }
            route.requests(loop, clientClass);
            if (timed) {
                route.latency(loop, decision.totalNs);
            }
            if (decision.grpc) {
                route.call(loop, decision.grpcStatus);
            }
        }
        ServiceMetrics service = decision.serviceMetrics;
        if (service != null) {
            service.requests(loop, clientClass);
            if (decision.grpc) {
                service.call(loop, decision.grpcStatus);
            }
            if (decision.outcome == Outcome.NO_ENDPOINT) {
                service.noEndpoint(loop);
            }
        }
        EndpointMetrics endpoint = decision.endpointMetrics;
        if (endpoint != null) {
            boolean forwarded = decision.outcome == Outcome.FORWARDED || decision.outcome == Outcome.TUNNELLED;
            endpoint.requests(loop, forwarded ? clientClass : StatusClass.NONE);
            if (forwarded && timed) {
                endpoint.latency(loop, decision.totalNs - (decision.attemptNs - decision.startNs));
            }
        }
    }

    private void log(Decision decision) {
        if (lane == null) {
            return;
        }
        byte[] line = lane.reserve(AccessLogFormat.mostBytes(decision));
        if (line != null) {
            lane.commit(format.write(decision, line, lane.position()));
        }
    }
}
