using System.Globalization;
using System.Text;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Routing;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.Jwt;

/// <summary>Refuses requests without the tokens that are required, and tells the filters behind and the upstream what the tokens say (<c>envoy.filters.http.jwt_authn</c>).</summary>
internal sealed class JwtFilter : HttpFilter
{
    private const string MetadataName = "envoy.filters.http.jwt_authn";

    private readonly JwtModel _model;
    private readonly JwtRouteModel? _route;
    private readonly JwtRequirements _requirements;
    private readonly CounterKey _allowed;
    private readonly CounterKey _denied;
    private readonly CounterKey _bypassed;
    private readonly CounterKey _fetched;
    private readonly CounterKey _fetchFailed;

    public JwtFilter(JwtModel model, JwtRouteModel? route, string statPrefix)
    {
        _model = model;
        _route = route;
        _requirements = new JwtRequirements(model);
        _allowed = CounterKey.Http(statPrefix, "jwt_authn.allowed");
        _denied = CounterKey.Http(statPrefix, "jwt_authn.denied");
        _bypassed = CounterKey.Http(statPrefix, "jwt_authn.cors_preflight_bypass");
        _fetched = CounterKey.Http(statPrefix, "jwt_authn.jwks_fetch_success");
        _fetchFailed = CounterKey.Http(statPrefix, "jwt_authn.jwks_fetch_failed");
    }

    public override FilterVerdict OnRequest(IFilterHost host)
    {
        var request = host.Record.Request;
        if (_model.BypassCorsPreflight && IsPreflight(request))
        {
            host.Count(_bypassed);
            return FilterVerdict.Continue;
        }

        Sanitize(request);
        if (RequirementFor(request, out var unknown) is not { } requirement)
        {
            return unknown ? Refuse(host, JwtStatus.VerificationFails) : FilterVerdict.Continue;
        }

        var status = _requirements.Judge(requirement, host);
        Refresh(host);
        switch (status)
        {
            case JwtStatus.Ok:
                host.Count(_allowed);
                Announce(host);
                return FilterVerdict.Continue;
            case JwtStatus.KeysWanted:
                return WaitForKeys(host);
            default:
                return Refuse(host, status);
        }
    }

    private static bool IsPreflight(RequestHead request) =>
        request.Method.SequenceEqual("OPTIONS"u8) && request.Find("origin"u8) >= 0 && request.Find("access-control-request-method"u8) >= 0;

    /// <summary>Nobody but this filter may say what a token says.</summary>
    private void Sanitize(RequestHead request)
    {
        for (var i = 0; i < _model.Providers.Count; i++)
        {
            var provider = _model.Providers[i];
            if (provider.PayloadHeader is { } payload)
            {
                request.Remove(payload);
            }

            for (var j = 0; j < provider.ClaimHeaders.Count; j++)
            {
                request.Remove(provider.ClaimHeaders[j].Header);
            }
        }
    }

    private JwtRequirement? RequirementFor(RequestHead request, out bool unknown)
    {
        unknown = false;
        if (_route is not null)
        {
            // A name that nobody has defined must not open the route (Envoy refuses, too).
            unknown = !_model.Named.TryGetValue(_route.RequirementName, out var named);
            return named;
        }

        for (var i = 0; i < _model.Rules.Count; i++)
        {
            if (RouteMatcher.Matches(_model.Rules[i].Match, request, 0))
            {
                return _model.Rules[i].Requirement;
            }
        }

        return null;
    }

    private void Refresh(IFilterHost host)
    {
        foreach (var verifier in _requirements.Verifiers)
        {
            if (verifier.Keys is { } keys && keys.IsDue(host.Loop.Now))
            {
                Fetch(keys, host);
            }
        }
    }

    private void Fetch(RemoteKeySource keys, IFilterHost host) =>
        keys.Fetch(host.Upstreams, isFetched => host.Count(isFetched ? _fetched : _fetchFailed));

    private FilterVerdict WaitForKeys(IFilterHost host)
    {
        foreach (var verifier in _requirements.Verifiers)
        {
            if (verifier.Keys is { IsFetching: true, Current: null } keys)
            {
                keys.Wait(host.Suspend());
                return FilterVerdict.Waiting;
            }
        }

        return Refuse(host, JwtStatus.KeysNotFetched);
    }

    private FilterVerdict Refuse(IFilterHost host, JwtStatus status)
    {
        host.Count(_denied);
        var text = JwtStatusText.Of(status);
        var body = _model.StripFailureResponse ? "" : text;
        var reply = host.BeginResponse(JwtStatusText.CodeOf(status), Encoding.ASCII.GetBytes(body));
        if (reply.Status == 401)
        {
            var request = host.Record.Request;
            var realm = $"http://{Encoding.Latin1.GetString(request.Authority)}{Encoding.Latin1.GetString(request.Path)}";
            var error = status == JwtStatus.Missing || _model.StripFailureResponse ? "" : ", error=\"invalid_token\"";
            reply.Append("www-authenticate"u8, Encoding.Latin1.GetBytes($"Bearer realm=\"{realm}\"{error}"));
        }

        host.Respond(reply, Encoding.ASCII.GetBytes(body), ResponseFlags.None, $"jwt_authn_access_denied{{{text.Replace(' ', '_')}}}");
        return FilterVerdict.Responded;
    }

    private void Announce(IFilterHost host)
    {
        foreach (var (provider, token, field) in _requirements.Accepted)
        {
            Announce(host, provider, token, field);
        }
    }

    private static void Announce(IFilterHost host, JwtProviderModel provider, JwtToken token, int field)
    {
        var record = host.Record;
        if (field >= 0 && !provider.Forward)
        {
            record.Request.RemoveAt(field);
        }

        if (provider.PayloadHeader is { } payload)
        {
            record.Request.Append(payload, token.PayloadText);
            if (provider.PadsPayload && token.PayloadText.Length % 4 != 0)
            {
                record.Request.Set(payload, Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(token.PayloadText) + new string('=', 4 - (token.PayloadText.Length % 4))));
            }
        }

        if (provider.PayloadKey is { } key)
        {
            record.Metadata.Set(MetadataName, key, token.Payload);
        }

        if (provider.HeaderKey is { } headerKey)
        {
            record.Metadata.Set(MetadataName, headerKey, token.Header);
        }

        foreach (var (header, path) in provider.ClaimHeaders)
        {
            Announce(record.Request, header, path, token.Payload);
        }
    }

    private static void Announce(RequestHead request, byte[] header, string[] path, MetadataValue payload)
    {
        var value = payload;
        for (var i = 0; i < path.Length && value is not null; i++)
        {
            value = value.Field(path[i]);
        }

        if (value?.Text is { } text && Http.FieldSyntax.IsValue(text))
        {
            request.Set(header, text);
        }
        else if (value?.Truth is { } truth)
        {
            request.Set(header, truth ? "true"u8 : "false"u8);
        }
        else if (value?.Number is { } number)
        {
            request.Set(header, Encoding.ASCII.GetBytes(number.ToString("R", CultureInfo.InvariantCulture)));
        }
    }
}
