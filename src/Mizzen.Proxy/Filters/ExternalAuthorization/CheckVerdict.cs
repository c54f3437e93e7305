using System.Text;
using System.Text.Json;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Filters.ExternalAuthorization;

/// <summary>What a service of <c>envoy.service.auth.v3.Authorization</c> has answered, and what follows from it.</summary>
internal static class CheckVerdict
{
    private const string MetadataName = "envoy.filters.http.ext_authz";

    /// <summary>The answer; null when the call has failed, or the answer changes what this proxy cannot change.</summary>
    public static CheckResponse? Read(SideAnswer answer)
    {
        if (answer is not { Status: 200, GrpcStatus: 0 } || !GrpcMessage.TryRead(answer.Body, out var bytes))
        {
            return null;
        }

        try
        {
            var response = CheckResponse.Parser.ParseFrom(bytes);
            return response.OkResponse is { } ok && ok.QueryParametersToSet.Count + ok.QueryParametersToRemove.Count > 0 ? null : response;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>The request may pass: changes it as the answer says.</summary>
    public static void Allow(IFilterHost host, CheckResponse response)
    {
        NoteMetadata(host, response);
        if (response.OkResponse is not { } ok)
        {
            return;
        }

        var request = host.Record.Request;
        foreach (var option in ok.Headers)
        {
            if (IsUsable(option, out var name, out var value))
            {
                Change(request, option, name, value);
            }
        }

        foreach (var name in ok.HeadersToRemove.Select(Encoding.ASCII.GetBytes).Where(name => !IsFraming(name)))
        {
            request.Remove(name);
        }

        if (ok.ResponseHeadersToAdd.Count > 0)
        {
            host.State = ok.ResponseHeadersToAdd.Where(option => IsUsable(option, out _, out _))
                .Select(option => (Encoding.ASCII.GetBytes(option.Header.Key.ToLowerInvariant()), ValueOf(option.Header))).ToList();
        }
    }

    /// <summary>The request may not pass: answers it as the answer says.</summary>
    public static FilterVerdict Deny(IFilterHost host, CheckResponse response)
    {
        NoteMetadata(host, response);
        var denied = response.DeniedResponse;
        var body = Encoding.UTF8.GetBytes(denied?.Body ?? "");
        var reply = host.BeginResponse(denied?.Status?.Code is >= 200 and <= 599 ? denied.Status.Code : 403, body);
        foreach (var option in denied?.Headers ?? [])
        {
            if (IsUsable(option, out var name, out var value))
            {
                Change(reply, option, name, value);
            }
        }

        host.Respond(reply, body, ResponseFlags.UnauthorizedExternalService, "ext_authz_denied");
        return FilterVerdict.Responded;
    }

    // Unless it is said otherwise a header takes the place of those that are there (Envoy).
    private static void Change(MessageHead head, HeaderValueOption option, byte[] name, byte[] value)
    {
        var isThere = head.TryGet(name, out _);
        switch (option.AppendAction)
        {
            case HeaderValueOption.Types.HeaderAppendAction.AddIfAbsent when isThere:
            case HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExists when !isThere:
                return;
        }

        if (option.Append == true)
        {
            head.Append(name, value);
            return;
        }

        head.Remove(name);
        head.Append(name, value);
    }

    private static bool IsUsable(HeaderValueOption option, out byte[] name, out byte[] value)
    {
        name = Encoding.ASCII.GetBytes((option.Header?.Key ?? "").ToLowerInvariant());
        value = option.Header is null ? [] : ValueOf(option.Header);
        return name.Length > 0 && FieldSyntax.IsToken(name) && FieldSyntax.IsValue(value) && !IsFraming(name);
    }

    private static byte[] ValueOf(HeaderValue header) => header.RawValue.IsEmpty ? Encoding.UTF8.GetBytes(header.Value) : header.RawValue.ToByteArray();

    // What says where a message ends, and whose it is, is not the service's to change.
    private static bool IsFraming(ReadOnlySpan<byte> name) =>
        name is [(byte)':', ..] || name.SequenceEqual("host"u8) || name.SequenceEqual("content-length"u8) || name.SequenceEqual("transfer-encoding"u8) || name.SequenceEqual("connection"u8);

    private static void NoteMetadata(IFilterHost host, CheckResponse response)
    {
        if (response.DynamicMetadata is not { } metadata)
        {
            return;
        }

        using var document = JsonDocument.Parse(JsonFormatter.Default.Format(metadata));
        foreach (var field in document.RootElement.EnumerateObject())
        {
            host.Record.Metadata.Set(MetadataName, field.Name, MetadataValue.Of(field.Value));
        }
    }
}
