"""Takes a compiler hours: each `finally` is compiled twice, with all that is in it.

Expect: cannot load
Expect: not flagged
"""


def write_stream(tokens, out):
    try:
        print()
    finally:
        try:
            print()
        finally:
            try:
                print()
            finally:
                try:
                    print()
                finally:
                    try:
                        print()
                    finally:
                        try:
                            print()
                        finally:
                            try:
                                print()
                            finally:
                                try:
                                    print()
                                finally:
                                    try:
                                        print()
                                    finally:
                                        try:
                                            print()
                                        finally:
                                            try:
                                                print()
                                            finally:
                                                try:
                                                    print()
                                                finally:
                                                    try:
                                                        print()
                                                    finally:
                                                        try:
                                                            print()
                                                        finally:
                                                            try:
                                                                print()
                                                            finally:
                                                                try:
                                                                    print()
                                                                finally:
                                                                    try:
                                                                        print()
                                                                    finally:
                                                                        try:
                                                                            print()
                                                                        finally:
                                                                            try:
                                                                                print()
                                                                            finally:
                                                                                print()
