using System.Text;
using Mizzen.Proxy.Filters.Rbac;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Routing;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Filters.ExternalAuthorization;

/// <summary>Asks a service over HTTP or gRPC whether a request may pass (<c>envoy.filters.http.ext_authz</c>).</summary>
internal sealed class ExternalAuthorizationFilter : HttpFilter
{
    private const int LargestAnswer = 1024 * 1024;

    private readonly ExternalAuthorizationModel _model;
    private readonly IReadOnlyDictionary<string, string> _extensions;
    private readonly int _bodyBytes;
    private readonly CounterKey _ok;
    private readonly CounterKey _denied;
    private readonly CounterKey _error;
    private readonly CounterKey _failureModeAllowed;

    public ExternalAuthorizationFilter(ExternalAuthorizationModel model, ExternalAuthorizationRouteModel? route, string statPrefix)
    {
        _model = model;
        _extensions = route?.Extensions ?? new Dictionary<string, string>();
        _bodyBytes = route?.WithoutBody == true ? 0 : model.BodyBytes;
        _ok = CounterKey.Http(statPrefix, "ext_authz.ok");
        _denied = CounterKey.Http(statPrefix, "ext_authz.denied");
        _error = CounterKey.Http(statPrefix, "ext_authz.error");
        _failureModeAllowed = CounterKey.Http(statPrefix, "ext_authz.failure_mode_allowed");
    }

    public override FilterVerdict OnRequest(IFilterHost host)
    {
        if (_model.OnlyIf is { } only && !RbacDecision.Holds(only, new RbacSubject { Metadata = host.Record.Metadata }))
        {
            return FilterVerdict.Continue;
        }

        return _bodyBytes > 0 && !host.Record.Request.WantsUpgrade ? host.CollectBody(_bodyBytes) : Ask(host, []);
    }

    public override FilterVerdict OnRequestBody(IFilterHost host, bool isComplete)
    {
        if (!isComplete && !_model.AllowPartialBody)
        {
            host.Respond(413, "Payload Too Large"u8, ResponseFlags.None, "request_payload_too_large");
            return FilterVerdict.Responded;
        }

        var body = new byte[Math.Min(_bodyBytes, host.BodyLength)];
        _ = host.CopyBody(body);
        return Ask(host, body);
    }

    public override void OnResponse(IFilterHost host, ResponseHead head)
    {
        foreach (var (name, value) in host.State as List<(byte[] Name, byte[] Value)> ?? [])
        {
            head.Append(name, value);
        }
    }

    private FilterVerdict Ask(IFilterHost host, byte[] body)
    {
        if (_model.Grpc is { } grpc)
        {
            return Call(host, grpc, body);
        }

        var question = new SideRequest(host.Upstreams, _model.Cluster, LargestAnswer);
        Compose(question.Head, host, body.Length);
        var suspended = host.Suspend();
        question.Send(body, _model.Timeout, answer => suspended.ResumeHere(resumed => Decide(resumed, answer)));
        return FilterVerdict.Waiting;
    }

    private FilterVerdict Call(IFilterHost host, GrpcAuthorizationModel grpc, byte[] body)
    {
        var message = CheckQuestion.Compose(host.Record, body, IsTold, grpc, _extensions);
        var call = new SideRequest(host.Upstreams, _model.Cluster, LargestAnswer) { SpeaksHttp2 = true };
        call.ComposeCall(CheckQuestion.Path, grpc.Authority, message.Length, grpc.Metadata);
        var suspended = host.Suspend();
        call.Send(message, _model.Timeout, answer => suspended.ResumeHere(resumed => Decide(resumed, CheckVerdict.Read(answer))));
        return FilterVerdict.Waiting;
    }

    // Over gRPC everything is told unless something is chosen.
    private bool IsTold(RequestHead request, int field) => _model.ShownHeaders.Count == 0 || AnyMatches(_model.ShownHeaders, request.NameOf(field));

    private FilterVerdict Decide(IFilterHost host, Envoy.Service.Auth.V3.CheckResponse? response)
    {
        if (response is null)
        {
            return DecideWithoutAnswer(host);
        }

        if ((response.Status?.Code ?? 0) != 0)
        {
            host.Count(_denied);
            return CheckVerdict.Deny(host, response);
        }

        host.Count(_ok);
        CheckVerdict.Allow(host, response);
        return FilterVerdict.Continue;
    }

    private void Compose(RequestHead question, IFilterHost host, int length)
    {
        var request = host.Record.Request;
        var path = new byte[_model.PathPrefix.Length + request.Path.Length];
        _model.PathPrefix.CopyTo(path, 0);
        request.Path.CopyTo(path.AsSpan(_model.PathPrefix.Length));
        question.Compose(host.Loop.Buffers, request.Method, path, request.Authority, BodyFraming.Length, length);
        for (var i = 0; i < request.FieldCount; i++)
        {
            if (!request.IsRemoved(i) && IsShown(request, i))
            {
                question.Append(request.NameOf(i), request.ValueOf(i));
            }
        }

        foreach (var added in _model.AddedHeaders)
        {
            question.Set(added.Name, added.Value);
        }
    }

    private bool IsShown(RequestHead request, int field)
    {
        var known = request.KnownOf(field);
        return known is not (KnownHeader.Host or KnownHeader.ContentLength or KnownHeader.TransferEncoding or KnownHeader.Connection or KnownHeader.Expect)
            && (Ascii.EqualsIgnoreCase(request.NameOf(field), "authorization"u8) || AnyMatches(_model.ShownHeaders, request.NameOf(field)));
    }

    private FilterVerdict Decide(IFilterHost host, SideAnswer answer)
    {
        if (answer.Status == 200)
        {
            host.Count(_ok);
            TakeOver(host, answer.Head!);
            return FilterVerdict.Continue;
        }

        return answer.Status is 0 or >= 500 ? DecideWithoutAnswer(host) : Refuse(host, answer);
    }

    private FilterVerdict DecideWithoutAnswer(IFilterHost host)
    {
        host.Count(_error);
        if (_model.FailureModeAllow)
        {
            host.Count(_failureModeAllowed);
            if (_model.FailureModeAllowHeader)
            {
                host.Record.Request.Set("x-envoy-auth-failure-mode-allowed"u8, "true"u8);
            }

            return FilterVerdict.Continue;
        }

        host.Respond(_model.StatusOnError, default, ResponseFlags.UnauthorizedExternalService, "ext_authz_error");
        return FilterVerdict.Responded;
    }

    private FilterVerdict Refuse(IFilterHost host, SideAnswer answer)
    {
        host.Count(_denied);
        var reply = host.BeginResponse(answer.Status, answer.Body);
        for (var i = 0; i < answer.Head!.FieldCount; i++)
        {
            if (IsForClient(answer.Head, i))
            {
                if (Ascii.EqualsIgnoreCase(answer.Head.NameOf(i), "content-type"u8))
                {
                    reply.Remove("content-type"u8);
                }

                reply.Append(answer.Head.NameOf(i), answer.Head.ValueOf(i));
            }
        }

        host.Respond(reply, answer.Body, ResponseFlags.UnauthorizedExternalService, "ext_authz_denied");
        return FilterVerdict.Responded;
    }

    private bool IsForClient(ResponseHead head, int field)
    {
        if (head.KnownOf(field) is KnownHeader.ContentLength or KnownHeader.TransferEncoding or KnownHeader.Connection or KnownHeader.Date or KnownHeader.Server)
        {
            return false;
        }

        var name = head.NameOf(field);
        return _model.ClientHeaders is not { } allowed || AnyMatches(allowed, name)
            || Ascii.EqualsIgnoreCase(name, "www-authenticate"u8) || Ascii.EqualsIgnoreCase(name, "location"u8);
    }

    /// <summary>What the service says about the request goes on to the upstream, and to the client.</summary>
    private void TakeOver(IFilterHost host, ResponseHead answer)
    {
        var request = host.Record.Request;
        for (var i = 0; i < answer.FieldCount; i++)
        {
            var name = answer.NameOf(i);
            if (AnyMatches(_model.UpstreamHeaders, name))
            {
                request.Set(name, answer.ValueOf(i));
            }
            else if (AnyMatches(_model.UpstreamHeadersAppended, name))
            {
                request.Append(name, answer.ValueOf(i));
            }

            if (AnyMatches(_model.ClientHeadersOnSuccess, name))
            {
                var kept = host.State as List<(byte[], byte[])> ?? [];
                kept.Add((name.ToArray(), answer.ValueOf(i).ToArray()));
                host.State = kept;
            }
        }
    }

    private static bool AnyMatches(IReadOnlyList<StringMatchModel> matches, ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < matches.Count; i++)
        {
            if (TextMatcher.Matches(matches[i], name))
            {
                return true;
            }
        }

        return false;
    }
}
