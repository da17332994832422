"""The rival in tools/bench incumbent: an application with only Django REST framework's TokenAuthentication.

`python3 incumbent.py COUNT` creates the tables and COUNT users with one token each, and prints the tokens.
gunicorn serves `incumbent:application`. INCUMBENT_DATABASE is the directory of the database's Unix socket.
"""
import os
import sys

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="of a benchmark",
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "rest_framework",
        "rest_framework.authtoken",
    ],
    # Adds the length to answers; without a length, a connection cannot be kept open.
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "USER": "postgres",
            "HOST": os.environ["INCUMBENT_DATABASE"],
            "CONN_MAX_AGE": None,
        }
    },
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402


class WhoAmI(APIView):
    def get(self, request):
        return Response({"username": request.user.username})


urlpatterns = [path("", WhoAmI.as_view())]
application = get_wsgi_application()


def prepare(count):
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO auth_user (username, password, first_name, last_name, email, is_superuser, is_staff,"
            " is_active, date_joined) SELECT 'load' || n, '', '', '', '', false, true, true, now()"
            " FROM generate_series(1, %s) n",
            [count],
        )
        cursor.execute(
            "INSERT INTO authtoken_token (key, created, user_id)"
            " SELECT substr(encode(sha256((id || random()::text)::bytea), 'hex'), 1, 40), now(), id FROM auth_user"
        )
        cursor.execute("ANALYZE")
        cursor.execute("SELECT key FROM authtoken_token")
        for (key,) in cursor:
            sys.stdout.write(key + "\n")


if __name__ == "__main__":
    prepare(int(sys.argv[1]))
