using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Google.Protobuf.Collections;
using Mizzen.ControlPlane.Model.EnvoyFilters;

namespace Mizzen.ControlPlane.Translation.Patching;

/// <summary>Where an HTTP filter goes that is added without saying where.</summary>
internal static class HttpFilterPlaces
{
    private static readonly string[] Authentication = [EnvoyNames.JwtAuthn];
    private static readonly string[] Authorization = [EnvoyNames.JwtAuthn, EnvoyNames.ExternalAuthorization, EnvoyNames.HttpRbac];

    /// <summary>Before the router, which ends the list; behind the filters of its class (<c>filterClass</c>) where it has one.</summary>
    public static int EndFor(EnvoyPatch patch, RepeatedField<HttpFilter> filters) => patch.FilterClass switch
    {
        "AUTHN" => Behind(Authentication, filters),
        "AUTHZ" => Behind(Authorization, filters),
        _ => filters.Count > 0 && filters[^1].Name == EnvoyNames.Router ? filters.Count - 1 : filters.Count,
    };

    private static int Behind(string[] names, RepeatedField<HttpFilter> filters)
    {
        for (var i = filters.Count - 1; i >= 0; i--)
        {
            if (names.Contains(filters[i].Name))
            {
                return i + 1;
            }
        }

        return 0;
    }
}
